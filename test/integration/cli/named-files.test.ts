/* Files that a command is to write or read and cannot: told before any work, in words. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";

const MAIN = join(import.meta.dirname, "../../../cli/main.ts");

describe("a file that a command is told to write or read", function () {
  this.timeout(60_000);
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-named-files-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** What a command says that ends with exit code 1. */
  async function refusal(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const { exitCode, stdout, stderr } = await execa(process.execPath, [MAIN, ...args], {
      cwd: folder,
      // Without a cloud: whatever began its work would be missing that.
      env: { SLIPWAY_HOME: folder, INIT_CWD: folder, GITHUB_ACTIONS: "", ...env },
      reject: false,
    });
    assert.equal(exitCode, 1, stderr);
    assert.equal(stdout, "");
    return stderr;
  }

  const writers: readonly (readonly string[])[] = [
    ["images"],
    ["snapshot", "fetch"],
    ["drift"],
    ["pull-request", "plan", "--checkout", "."],
  ];

  for (const writer of writers) {
    it(`is written where its folder is: ${writer.join(" ")}`, async () => {
      assert.equal(
        await refusal([...writer, "--output", "none/file.json"]),
        `error: --output ${folder}/none/file.json: there is no folder ${folder}/none; make it first`,
      );
    });
  }

  it("is that of a job's outputs, too", async () => {
    const run = {
      ...{ GITHUB_EVENT_NAME: "push", GITHUB_REF: "refs/heads/main" },
      GITHUB_REPOSITORY: "somebody/else",
    };
    const GITHUB_OUTPUT = join(folder, "none/output");
    const message = `error: GITHUB_OUTPUT ${GITHUB_OUTPUT}: there is no folder ${folder}/none; make it first`;
    assert.equal(await refusal(["workflows", "decide"], { ...run, GITHUB_OUTPUT }), message);
    const plan = ["pull-request", "plan", "--checkout", ".", "--output", "preview.json"];
    assert.equal(await refusal(plan, { GITHUB_OUTPUT }), message);
  });

  it("is a snapshot to compare with, which is not empty", async () => {
    for (const command of [
      ["plan", "--stack", "main"],
      ["pull-request", "plan", "--checkout", ".", "--output", "preview.json"],
    ]) {
      assert.equal(
        await refusal([...command, "--snapshot", ""]),
        "error: --snapshot is empty; name a file",
      );
    }
  });
});
