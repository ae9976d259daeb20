import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { PROJECT_ROOT } from "../../../cli/project-root.ts";

const RESULTS = ["--look", "failure", "--real-base", "failure"];

describe("drift in the run of a workflow", function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-drift-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** Runs `slipway drift` as a step of a repository's run, which has no credential and asks no network. */
  async function step(repository: string, ...args: readonly string[]) {
    const output = join(folder, "output");
    const { exitCode, stdout, stderr } = await execa(
      process.execPath,
      [join(PROJECT_ROOT, "cli/main.ts"), "drift", ...args],
      {
        cwd: folder,
        reject: false,
        extendEnv: false,
        env: {
          ...{ PATH: "/nowhere", GITHUB_ACTIONS: "true", GITHUB_REPOSITORY: repository },
          ...{ GITHUB_REF: "refs/heads/main", GITHUB_OUTPUT: output },
        },
      },
    );
    const handed = await readFile(output, "utf8").catch(() => undefined);
    return { exitCode, stdout, stderr, handed };
  }

  it("hands over the stack of its repository", async () => {
    const { exitCode, stdout, handed } = await step("pytorch/pytorch", "stack");
    assert.deepEqual([exitCode, stdout, handed], [0, "main", "stack=main\n"]);
  });

  it("does nothing, says so and is green in a repository that has no stack, as a fork", async () => {
    const none = 'no stack is of "somebody/pytorch": nothing is done';
    const first = await step("somebody/pytorch", "stack");
    assert.deepEqual([first.exitCode, first.stdout, first.handed], [0, none, "stack=\n"]);
    const look = await step("somebody/pytorch", "--output", "drift.json");
    assert.deepEqual([look.exitCode, look.stdout, look.stderr], [0, "", none]);
    const tell = await step("somebody/pytorch", "issue", "--report", "drift.json", ...RESULTS);
    assert.deepEqual([tell.exitCode, tell.stdout], [0, none]);
    assert.deepEqual(await readdir(folder), ["output"]);
  });
});
