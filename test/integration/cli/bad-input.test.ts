/*
 * What people get wrong, through the command and on a copy of the project: one error that says what, where, the rule and
 * what to do; the right exit code; no stack trace; and nothing lost.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { ensureInstance, instancePaths } from "../../../local/instance.ts";
import { ProjectCopy } from "../../cli/support/project-copy.ts";
import { runInNode } from "../../support/node-child.ts";

/** An edit of a file of the copy. */
type Edit = readonly [path: string, from: string | RegExp, to: string];

const MAIN = "Pulumi.main.yaml";
const ALMALINUX = "images/almalinux-builder/image.yaml";
const FAMILIES =
  "almalinux-builder, ci-image, no_rocm_image_ubuntu24_04, therock_build_manylinux_rccl_x86_64, therock_build_manylinux_x86_64";
const plan = ["plan", "--stack", "main"];

/** Exit code 1: something that the message tells how to mend. */
const faults: readonly {
  readonly what: string;
  readonly edits?: readonly Edit[];
  readonly args: readonly string[];
  readonly error: string | RegExp;
}[] = [
  {
    what: "configuration keys that there are not",
    edits: [[MAIN, /$/, "  slipway:ownr: pytorch\n  slipway:zzz: 1\n"]],
    args: plan,
    error:
      `${MAIN}: 2 problems\n` +
      '  slipway:ownr: unknown key (did you mean "owner"?)\n' +
      "  slipway:zzz: unknown key",
  },
  {
    what: "configuration values of the wrong type, all of them at once",
    edits: [
      [MAIN, "slipway:protect: true", "slipway:protect: sometimes"],
      [MAIN, /slipway:ownerId: \d+/, "slipway:ownerId: many"],
      [MAIN, "slipway:owner: pytorch", "slipway:owner: [pytorch]"],
    ],
    args: plan,
    error: new RegExp(
      `^error: ${MAIN}: 3 problems\n` +
        "  slipway:owner: .* is not the GitHub organisation or user .*; write e\\.g\\. pytorch\n" +
        '  slipway:ownerId: "many" is not the owner\'s number on GitHub.*; write e\\.g\\. 21003710\n' +
        '  slipway:protect: "sometimes" is not a boolean; write e\\.g\\. true$',
    ),
  },
  {
    what: "a value of the wrong type, an unknown key and keys that contradict each other, in one message",
    edits: [
      [MAIN, "slipway:protect: true", "slipway:protect: sometimes"],
      [MAIN, "- ci-image", "- ci-imag"],
      [MAIN, "slipway:awsRegion: us-east-1", "slipway:ownr: pytorch"],
      [MAIN, /( +)teams:\n +- pytorch-dev-infra/, "$1reviewers: []"],
      [MAIN, /$/, "  slipway:sealedSecrets: { docker-deploy: { SLIPWAY_APP_KEY: hunter2 } }\n"],
      [MAIN, /$/, "  slipway:dockerToken: hunter2\n"],
    ],
    args: plan,
    error: new RegExp(
      `^error: ${MAIN}: 7 problems\n` +
        "  slipway:awsRegion: missing, .*\n" +
        "  slipway:dockerToken: in clear in Pulumi.main.yaml, .*\n" +
        "  slipway:environments\\.docker-deploy\\.reviewers: unknown key; the keys here are users, teams, .*\n" +
        '  slipway:families: "ci-imag" is no folder .*\n' +
        "  slipway:ownr: unknown key .*\n" +
        '  slipway:protect: "sometimes" is not .*\n' +
        "  slipway:sealedSecrets\\.docker-deploy\\.SLIPWAY_APP_KEY: a text is not a map of keyId, [^\n]*$",
    ),
  },
  {
    what: "a family that is not in the catalogue",
    edits: [[MAIN, "- ci-image", "- ci-imag"]],
    args: plan,
    error: `${MAIN}: 1 problem\n  slipway:families: "ci-imag" is no folder of images/ (did you mean "ci-image"?); there are: ${FAMILIES}`,
  },
  {
    what: "a stack's file that is no YAML",
    edits: [[MAIN, "config:", "config: ["]],
    args: plan,
    error: /^error: \S*Pulumi\.main\.yaml: .* at line \d+, column \d+/,
  },
  {
    what: "a stack without a file",
    args: ["plan", "--stack", "nope"],
    error:
      "Pulumi.nope.yaml: not found; stacks with a file are: local, main, therock; name one with --stack",
  },
  {
    what: "an image.yaml with three faults, in one message",
    edits: [
      [ALMALINUX, "target: final", "target: finale"],
      [ALMALINUX, "base: rocm7.0,", "base: rocm7.5,"],
      [ALMALINUX, "cpu: { buildArgs:", "cpu: { buildArg:"],
    ],
    args: plan,
    error:
      `${ALMALINUX}: 3 problems\n` +
      '  accelerators.cpu.buildArg: unknown key (did you mean "buildArgs"?); the keys here are group, base, target, buildArgs, float\n' +
      '  accelerators.rocm7.0.base: "rocm7.5" is not an entry of bases (did you mean "rocm7.0"?); write one of almalinux, rocm7.0, rocm7.1\n' +
      '  defaults.target: "finale" is not a stage of the Dockerfile (did you mean "final"?); write one of toolchain, cpu, cuda, rocm, final',
  },
  {
    what: "a family to build that there is not",
    args: ["build", "almalinux", "--stand-ins"],
    error: /^error: "almalinux" is no family.*; there are: almalinux-builder, ci-image, /,
  },
  {
    what: "an accelerator to build that there is not",
    args: ["build", "almalinux-builder", "cuda12.7", "--stand-ins"],
    error:
      /^error: "cuda12\.7" is no accelerator of almalinux-builder.*; there are: cuda12\.6, cuda12\.8, cuda12\.9, cuda13\.0, rocm7\.0, rocm7\.1, cpu$/,
  },
  {
    what: "an accelerator to run that is not named",
    args: ["run", "almalinux-builder"],
    error:
      "almalinux-builder has several images; name one, e.g. slipway run almalinux-builder cuda12.6",
  },
  {
    what: "a command to run that is not behind --",
    args: ["run", "almalinux-builder", "cpu", "ls"],
    error: /^error: ls: write the command after --, e\.g\. slipway run almalinux-builder /,
  },
  {
    what: "an up where no local cloud is",
    args: ["up", "--engine", "embedded"],
    error: /^error: no local cloud in \S+: start it with npm run local:up$/,
  },
  {
    what: "a destroy where no local cloud is",
    args: ["destroy", "--engine", "embedded", "--yes"],
    error: /^error: no local cloud in \S+: start it with npm run local:up$/,
  },
  {
    what: "outputs of a stack that was never applied",
    args: ["outputs", "--engine", "embedded"],
    error: "stack local has no outputs here: it was never applied; run slipway up --stack local",
  },
  {
    what: "the Pulumi CLI as engine where there is none",
    args: ["up", "--stack", "main", "--engine", "pulumi"],
    error: /^error: --engine pulumi: .* not found on PATH; install it .*https:\/\/www\.pulumi\.com/,
  },
];

/** Exit code 2: not how the command is used. */
const usages: readonly (readonly [args: readonly string[], error: RegExp])[] = [
  [["deploy"], /^error: unknown command 'deploy'/],
  [["up", "--force"], /^error: unknown option '--force'/],
  [["plan", "--stack"], /^error: option '--stack <name>' argument missing/],
  [
    ["up", "--engine", "terraform"],
    /^error: option '--engine <engine>' argument 'terraform' is invalid/,
  ],
  [
    ["plan", "--json", "--markdown"],
    /^error: option '--json' cannot be used with option '--markdown'/,
  ],
  [["plan", "main"], /^error: too many arguments for 'plan'/],
  [["build"], /^error: name a family, or write --missing/],
  [["local", "restart"], /^error: unknown command 'restart'/],
  [["secrets", "list"], /^error: unknown command "list" of secrets; there are: set; without one, /],
  [["secrets", "sett", "X"], /^error: unknown command "sett" of secrets \(did you mean "set"\?\)/],
  [[], /^Usage: slipway /],
];

describe("bad input", function () {
  this.timeout(60_000);
  let project: ProjectCopy;
  let empty: string;
  before(async () => {
    project = await ProjectCopy.make();
    empty = join(project.home, "empty");
    await mkdir(empty);
  });
  after(() => project.remove());

  /** Runs `slipway` with edited files, which are put back. No other program is on PATH. */
  async function slipway(args: readonly string[], edits: readonly Edit[] = []) {
    const undo: (() => Promise<void>)[] = [];
    try {
      for (const [path, from, to] of edits) {
        undo.push(await project.edit(path, (text) => text.replace(from, to)));
      }
      const result = await project.slipway(args, { PATH: empty });
      assert.doesNotMatch(`${result.stdout}\n${result.stderr}`, /^\s+at /m, "no stack trace");
      return result;
    } finally {
      for (const putBack of undo.reverse()) await putBack();
    }
  }

  for (const { what, edits, args, error } of faults) {
    it(`is told of in one error, with exit code 1: ${what}`, async () => {
      const { exitCode, stdout, stderr } = await slipway(args, edits);
      if (typeof error === "string") assert.equal(stderr, `error: ${error}`);
      else assert.match(stderr, error);
      assert.equal(stderr.split("error: ").length, 2, "one error");
      assert.ok(stdout.split("\n").length === 1, `no more than a headline:\n${stdout}`);
      assert.equal(exitCode, 1);
    });
  }

  for (const [args, error] of usages) {
    it(`is wrong usage, with exit code 2: slipway ${args.join(" ")}`, async () => {
      const { exitCode, stdout, stderr } = await slipway(args);
      assert.match(stderr, error);
      assert.equal(stdout, "");
      assert.equal(exitCode, 2);
    });
  }

  it("is a workflow run of another ref than the stack's, which would move names to what it checked out", async () => {
    const run = { GITHUB_ACTIONS: "true", GITHUB_REF: "refs/heads/release/2.10" };
    const { exitCode, stderr } = await project.slipway(["up", "--stack", "main"], run);
    assert.equal(exitCode, 1);
    assert.match(
      stderr,
      /^error: this workflow runs for refs\/heads\/release\/2\.10, and stack main/,
    );
  });

  it("is a project without Pulumi.yaml", async () => {
    const [file, aside] = ["Pulumi.yaml", "aside.yaml"].map((name) => join(project.root, name));
    await rename(file!, aside!);
    try {
      const { exitCode, stderr } = await slipway(plan);
      assert.match(
        stderr,
        /^error: \S+Pulumi\.yaml: not found; run this in the folder of a Pulumi project$/,
      );
      assert.equal(exitCode, 1);
    } finally {
      await rename(aside!, file!);
    }
  });

  it("is a secret that an up needs and nobody set: each is named with the command that sets it", async () => {
    // The embedded engine applies stack local alone, whose secrets are always there: so the program is run directly.
    const module = (path: string) => JSON.stringify(join(project.root, path));
    const { value } = await runInNode(
      `const { loadProject } = await import(${module("engine/project.ts")});
      const { runStack } = await import(${module("engine/run.ts")});
      const result = await runStack({
        project: await loadProject(${JSON.stringify(project.root)}, "main"),
        operation: "up",
        program: () => import(${module("index.ts")}),
        packages: {},
        stateFile: ${JSON.stringify(join(project.home, "state.json"))},
      });
      return { messages: result.failures.map(({ message }) => message), begun: result.steps.filter(({ kind }) => kind === "resource") };`,
      { PATH: empty },
    );
    const command = (key: string) =>
      `  slipway:${key}: missing; set it: pulumi config set --secret slipway:${key} --stack main`;
    const { messages, begun } = value as { messages: string[]; begun: unknown[] };
    assert.equal(messages.length, 1);
    const lines = messages[0]!.split("\n");
    for (const key of ["dockerId", "dockerToken", "ghcrToken", "ghcrUser", "githubToken"]) {
      assert.ok(lines.includes(command(key)), `${key}:\n${messages[0]!}`);
    }
    assert.deepEqual(begun, []);
  });

  it("is a machine without Python and Go: both are told at once, with how to get them", async () => {
    // Without what was built before.
    await rm(join(project.root, ".slipway/tools"));
    const { exitCode, stderr } = await slipway(["local", "start"]);
    assert.equal(exitCode, 1);
    assert.match(stderr, /^error: /);
    assert.match(
      stderr,
      /go: not found on PATH; install Go \d+\.\d+(\.\d+)? or newer \(https:\/\/go\.dev\/dl\/\)/,
    );
    assert.match(stderr, /Python: python3 is not on PATH; install Python 3\.10 or newer with venv/);
    assert.ok(!existsSync(instancePaths.cloud(project.home)), "no cloud is told of that is none");
    await project.slipway(["local", "stop"]);
  });

  it("is a port that another program took meanwhile: it is named, and the instance keeps its ports", async () => {
    const { ports } = await ensureInstance(project.home);
    const file = instancePaths.instance(project.home);
    const before = await readFile(file, "utf8");
    const server = createServer().listen(ports.github, "127.0.0.1");
    await once(server, "listening");
    try {
      const { exitCode, stderr } = await slipway(["local", "start"]);
      assert.equal(exitCode, 1);
      assert.match(stderr, new RegExp(`\\b${ports.github}\\b`));
      assert.match(stderr, new RegExp(`\\b${process.pid}\\b`), "by whom");
      assert.equal(await readFile(file, "utf8"), before);
    } finally {
      server.close();
      await project.slipway(["local", "stop"]);
    }
  });
});
