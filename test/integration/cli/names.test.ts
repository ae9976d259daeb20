// Does not prove the rule itself: see test/rules/refs.test.ts and names.test.ts; nor which family is meant.
import assert from "node:assert/strict";
import { join } from "node:path";
import { execa } from "execa";

const ROOT = join(import.meta.dirname, "../../..");
const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** Runs `slipway names` with no way to any service: no SLIPWAY_HOME with a cloud, no credentials. */
async function names(...args: string[]) {
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    [join(ROOT, "cli/main.ts"), "names", ...args],
    {
      cwd: ROOT,
      extendEnv: false,
      env: { SLIPWAY_HOME: join(ROOT, "node_modules/.cache/no-cloud"), NO_COLOR: "1" },
      stdin: "ignore",
      reject: false,
    },
  );
  return { exitCode, stdout, stderr };
}

async function answers(...args: string[]): Promise<Record<string, unknown>[]> {
  const { exitCode, stdout, stderr } = await names(...args, "--json");
  assert.equal(stderr, "");
  assert.equal(exitCode, 0);
  return JSON.parse(stdout) as Record<string, unknown>[];
}

describe("slipway names", function () {
  this.timeout(60_000);

  it("answers one object a ref, in the order of the refs, by accelerator", async () => {
    const [main, foreign, candidate] = await answers(
      ...["refs/heads/main", "refs/heads/release-foo", "refs/tags/v2.10.0-rc1"],
      ...["--commit", COMMIT],
    );
    const accelerators = "cuda12.6 cuda12.8 cuda12.9 cuda13.0 rocm7.0 rocm7.1 cpu".split(" ");
    assert.deepEqual(main, {
      ref: "refs/heads/main",
      event: "push",
      publish: true,
      channel: "main",
      environment: "docker-build",
      names: Object.fromEntries(accelerators.map((a) => [a, [a, `${a}-main`, `${a}-${COMMIT}`]])),
      reason: "main moves the plain names and records its commit",
    });
    assert.deepEqual(Object.keys(main), [
      ...["ref", "event", "publish", "channel", "environment", "names", "reason"],
    ]);
    assert.deepEqual(foreign, {
      ref: "refs/heads/release-foo",
      event: "push",
      publish: false,
      channel: null,
      environment: null,
      names: {},
      reason:
        "refs/heads/release-foo is none of main, release/ and one more level, tags vX.Y.Z-rcN",
    });
    assert.deepEqual(
      candidate?.["names"],
      Object.fromEntries(accelerators.map((a) => [a, [`${a}-v2.10.0-rc1`]])),
    );
  });

  it("tells no commit's name when no commit is given, and no name of what is not published", async () => {
    const [stage] = await answers(
      "refs/heads/stage/docker/x",
      "--stack",
      "local",
      "--scheme",
      "therock",
    );
    assert.deepEqual(
      [stage?.["environment"], stage?.["names"]],
      ["docker-stage", { default: ["stage-x"] }],
    );
    const [main] = await answers("refs/heads/main", "--scheme", "therock");
    assert.deepEqual(main?.["names"], { default: ["latest", "main"] });
    const dispatched = ["--event", "workflow_dispatch", "--commit", COMMIT];
    const [refused] = await answers("refs/heads/main", ...dispatched);
    assert.deepEqual([refused?.["publish"], refused?.["names"]], [false, {}]);
  });

  it("prints a table for people, in which T is each accelerator", async () => {
    const { stdout, exitCode } = await names("refs/heads/main", "refs/heads/x");
    assert.equal(exitCode, 0);
    assert.deepEqual(stdout.split("\n"), [
      "ref              event  channel  environment   names      reason",
      "refs/heads/main  push   main     docker-build  T, T-main  main moves the plain names and records its commit",
      "refs/heads/x     push   -        -             -          refs/heads/x is none of main, release/ and one more level, tags vX.Y.Z-rcN",
      "",
      "Names of almalinux-builder; T stands for each of cuda12.6, cuda12.8, cuda12.9, cuda13.0, rocm7.0, rocm7.1, cpu.",
    ]);
  });

  it("names everything that is wrong with what it was given at once", async () => {
    const wrong = ["main", "refs/heads/a b", "--event", "pusj", "--commit", "abc"];
    const { stdout, stderr, exitCode } = await names(...wrong);
    assert.deepEqual([exitCode, stdout], [1, ""]);
    assert.deepEqual(stderr.split("\n"), [
      "error: slipway names: 4 problems",
      '  --commit: "abc" is no commit; write its 40 hex digits in lower case, e.g. what git rev-parse HEAD prints',
      '  --event: "pusj" is no event that starts a workflow (did you mean "push"?); write e.g. push, workflow_dispatch or pull_request',
      '  ref: "main" is not a ref in full; write e.g. "refs/heads/main" or "refs/tags/main"',
      '  ref: "refs/heads/a b" holds a space or a control character; git has no such ref',
    ]);
  });

  for (const [what, args, error] of [
    ["no ref", [], /^error: missing required argument 'ref'/],
    [
      "two forms of output",
      ["refs/heads/main", "--json", "--markdown"],
      /^error: option '--markdown' cannot be used with option '--json'/,
    ],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const { stdout, stderr, exitCode } = await names(...args);
      assert.match(stderr, error);
      assert.deepEqual([exitCode, stdout], [2, ""]);
    });
  }
});
