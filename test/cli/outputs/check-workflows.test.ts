import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import fc from "fast-check";
import { checkText, checkWorkflows } from "../../../cli/outputs/check-workflows.ts";
import { type Expectations, readExpectations } from "../../../cli/outputs/expectations.ts";
import type { Finding } from "../../../cli/outputs/finding.ts";
import { workflowCheckText } from "../../../cli/print/outputs-check.ts";

const FIXTURES = join(import.meta.dirname, "fixtures");
const ROOT = join(import.meta.dirname, "../../..");

let main: Expectations;
let therock: Expectations;

before(async () => {
  main = await readExpectations("main");
  therock = await readExpectations("therock");
});

/** `file:line:column kind: message` of each finding in a folder of fixtures but those of what is unused. */
async function found(folder: string): Promise<readonly string[]> {
  const { findings } = await checkWorkflows(join(FIXTURES, folder), main);
  return findings
    .filter(({ kind }) => kind !== "unused")
    .map(
      ({ file, line, column, kind, message }) => `${file}:${line}:${column} ${kind}: ${message}`,
    );
}

describe("the check of workflows", () => {
  it("finds nothing where every variable is read as it is declared, and says what it read", async () => {
    const { files, findings } = await checkWorkflows(join(FIXTURES, "good"), main);
    assert.deepEqual(findings, []);
    assert.deepEqual(files, ["actions/login/action.yml", "images.yml", "up.yaml"]);
  });

  it("names variables, keys and environments that the stack does not declare", async () => {
    assert.deepEqual(await found("bad-unknown"), [
      'images.yml:5:18 unknown: job build enters "docker-biuld", an environment that stack main does not declare',
      "images.yml:11:26 unknown: no stack declares the variable SLIPWAY_AWS_REGOIN",
      "images.yml:12:27 unknown: no stack declares the variable SLIPWAY_GCP_REGION",
      'images.yml:13:58 unknown: SLIPWAY_REGISTRIES of stack main has no key "ghcr"',
      'images.yml:13:97 unknown: SLIPWAY_REGISTRIES of stack main has no key "quay"',
      "images.yml:14:27 out of reach: SLIPWAY_FAMILIES is a variable of the environment docker-build, and job build enters docker-biuld",
      'images.yml:14:45 unknown: SLIPWAY_FAMILIES of stack main has no key "first"',
    ]);
  });

  it("names variables that are read where GitHub gives none", async () => {
    const families = "SLIPWAY_FAMILIES is a variable of the environment docker-build";
    assert.deepEqual(await found("bad-reach"), [
      "action.yml:5:34 out of reach: actions have no vars",
      "images.yml:3:23 out of reach: SLIPWAY_PUSH_ROLE_ARN is a variable of the environment docker-build, and no job has entered it here",
      "images.yml:8:29 out of reach: SLIPWAY_PUSH_ROLE_ARN is a variable of the environment docker-build, and job none enters no environment",
      `images.yml:13:29 out of reach: ${families}, and job another enters docker-deploy`,
      `images.yml:18:29 out of reach: ${families}, and job either enters docker-deploy or DOCKER-DEPLOY`,
      `images.yml:20:32 out of reach: ${families}, which the job enters after its if is read`,
      `images.yml:25:35 out of reach: ${families}, which the job enters after its strategy is read`,
      "images.yml:31:22 out of reach: SLIPWAY_DEPLOY_ROLE_ARN is a variable of the environment docker-deploy, which the job enters after its with is read",
    ]);
  });

  it("names the stack's values that are written out, each where it stands, and no other account's", async () => {
    const host = "308535385114.dkr.ecr.us-east-1.amazonaws.com is the stack's ECR registry";
    const push = "role/slipway/gha_workflow_docker_push";
    assert.deepEqual(await found("bad-hard-coded"), [
      "computed.yml:3:15 hard-coded: us-east-1 is the stack's region",
      "computed.yml:8:27 hard-coded: us-east-1 is the stack's region",
      "computed.yml:9:16 hard-coded: $ACCOUNT.dkr.ecr.us-east-1.amazonaws.com is the stack's ECR registry",
      "computed.yml:10:13 hard-coded: 308535385114.dkr.ecr.${AWS_REGION}.amazonaws.com is the stack's ECR registry",
      `computed.yml:16:27 hard-coded: arn:aws:iam::\${{ env.ACCOUNT }}:${push} is the stack's push role`,
      `computed.yml:18:43 hard-coded: arn:aws:iam::$ACCOUNT:${push} is the stack's push role`,
      "computed.yml:19:44 hard-coded: role/gha_workflow_slipway_drift is the stack's drift role",
      `computed.yml:21:46 hard-coded: ${push} is the stack's push role`,
      `images.yml:3:13 hard-coded: ${host}`,
      "images.yml:10:27 hard-coded: arn:aws:iam::308535385114:role/slipway/gha_workflow_docker_push is the stack's push role",
      "images.yml:11:23 hard-coded: us-east-1 is the stack's region",
      "images.yml:14:28 hard-coded: gha_workflow_s3_and_ecr_read_only is the stack's read-only role",
      `images.yml:17:23 hard-coded: ${host}`,
      `images.yml:18:23 hard-coded: ${host}`,
    ]);
  });

  it("says where a file is no YAML and where an expression is none", async () => {
    assert.deepEqual(await found("bad-yaml"), [
      'broken.yml:6:1 unreadable: Missing closing "quote',
      "expressions.yml:6:19 unreadable: no expression that GitHub reads: ${{ without its }}",
      "expressions.yml:7:23 unreadable: no expression that GitHub reads: Unrecognized named-value: 'secret'",
      "expressions.yml:8:13 unreadable: no expression that GitHub reads: Unexpected end of expression: '=='",
    ]);
  });

  it("takes a step for what it is that runs only where a variable is declared", () => {
    const step = (guard: string) =>
      checkText(
        `jobs: { a: { environment: docker-deploy, steps: [{ if: "${guard}", uses: a/b@v1, with: { x: "\${{ vars.SLIPWAY_APP_CLIENT_ID }}" } }] } }`,
        main,
      ).findings.map(({ kind }) => kind);
    assert.deepEqual(step("vars.SLIPWAY_APP_CLIENT_ID != ''"), []);
    assert.deepEqual(step("always()"), ["unknown"]);
  });

  it("finds nothing in the workflows as they are, for either stack that they serve", async () => {
    for (const stack of ["main", "therock"]) {
      const command = ["cli/main.ts", "outputs", "--check", ".github/workflows", "--stack", stack];
      const { exitCode, stdout } = await execa(process.execPath, command, {
        cwd: ROOT,
        reject: false,
      });
      assert.equal(exitCode, 0, stdout);
    }
  });

  it("names every variable that nothing reads, without a place", async () => {
    const { findings } = await checkWorkflows(join(FIXTURES, "bad-yaml"), main);
    const unused = findings.filter(({ kind }) => kind === "unused");
    assert.equal(unused.length, main.variables.size);
    assert.deepEqual(unused[0], {
      kind: "unused",
      file: null,
      line: null,
      column: null,
      message: "nothing reads SLIPWAY_REGISTRIES of the repository",
      remedy: "it is for jobs that pull or check images",
    });
  });

  it("knows of a stack without AWS only what that stack declares", () => {
    const text = `
on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: "\${{ vars.SLIPWAY_AWS_REGION }} \${{ fromJSON(vars.SLIPWAY_REGISTRIES).ecr }}"
      - run: docker pull 308535385114.dkr.ecr.us-east-1.amazonaws.com/pytorch/ci-image:a`;
    assert.deepEqual(
      checkText(text, therock).findings.map(({ message, remedy }) => [message, remedy]),
      [
        [
          "stack therock does not declare the variable SLIPWAY_AWS_REGION",
          "name one that the stack declares",
        ],
        ['SLIPWAY_REGISTRIES of stack therock has no key "ecr"', "write ['ghcr.io']"],
      ],
    );
  });

  it("reads a text that an alias repeats as what it is in each place", () => {
    const text = `
on: push
jobs:
  build:
    environment: docker-build
    steps: &steps
      - run: "\${{ vars.SLIPWAY_FAMILIES }}"
  test:
    steps: *steps`;
    const [finding, ...others] = checkText(text, main).findings;
    assert.match(finding?.message ?? "", /and job test enters no environment$/);
    assert.deepEqual([finding?.line, others], [7, []]);
  });

  it("tells once of what jobs repeat by an alias or a merge", () => {
    const text = `
on: push
jobs:
  build: &build
    steps:
      - run: "\${{ vars.SLIPWAY_AWS_REGOIN }} \${{ vars.SLIPWAY_AWS_REGOIN }}"
  test: *build
  lint:
    <<: *build
    name: lint`;
    assert.deepEqual(
      checkText(text, main).findings.map(({ line, column }) => [line, column]),
      [
        [6, 24],
        [6, 55],
      ],
    );
  });

  it("holds an input of a reusable workflow for read before the environment, whatever its name", () => {
    const text = `
on: push
jobs:
  call:
    uses: ./.github/workflows/other.yml
    environment: { name: docker-build, url: "https://x/\${{ vars.SLIPWAY_FAMILIES }}" }
    with: { url: "\${{ vars.SLIPWAY_FAMILIES }}" }`;
    assert.deepEqual(
      checkText(text, main).findings.map(({ line, message }) => [line, message]),
      [
        [
          7,
          "SLIPWAY_FAMILIES is a variable of the environment docker-build, which the job enters after its with is read",
        ],
      ],
    );
  });

  it("names the place where a file is no UTF-8, and reads nothing else of it", () => {
    const text = "# Läufe\non: push\njobs: { a: { steps: [{ run: '${{ vars.SLIPWAY_X }}' }] } }\n";
    const bytes = (encoding: BufferEncoding) => Buffer.from(text, encoding);
    const mark = Buffer.from([0xff, 0xfe]);
    for (const [content, place] of [
      [bytes("latin1"), [1, 4]],
      [bytes("utf16le"), [1, 2]],
      [Buffer.concat([mark, bytes("utf16le")]), [1, 1]],
      [Buffer.concat([bytes("utf8"), Buffer.from("# "), bytes("latin1")]), [4, 6]],
    ] as const) {
      assert.deepEqual(
        checkText(content, main).findings.map(({ kind, line, column }) => [kind, line, column]),
        [["unreadable", ...place]],
      );
    }
    const [finding, ...others] = checkText(bytes("utf8"), main).findings;
    assert.deepEqual([finding?.kind, others], ["unknown", []]);
  });

  it("finds the second of two equal keys, and follows an alias to the anchor before it", () => {
    const twice = "on: push\njobs:\n  a: { name: x }\n  'a': { name: y }\n";
    assert.deepEqual(
      checkText(twice, main).findings.map(({ kind, line, column, message }) => [
        kind,
        `${line}:${column} ${message}`,
      ]),
      [["unreadable", "4:3 has a key twice in one map"]],
    );
    const anchors = `
on: push
jobs:
  a: { environment: &one docker-build }
  b: { environment: *one, steps: [run: "\${{ vars.SLIPWAY_FAMILIES }}"] }
  c: { environment: &one docker-deploy }
  d: { environment: *one, steps: [run: "\${{ vars.SLIPWAY_FAMILIES }}"] }`;
    assert.deepEqual(
      checkText(anchors, main).findings.map(({ line }) => line),
      [7],
    );
  });

  it("reads maps of many keys, in time that does not grow with their square", function () {
    this.timeout(30_000);
    const jobs = Array.from({ length: 80_000 }, (_, index) => `  a${index}: {}`);
    assert.deepEqual(checkText(`on: push\njobs:\n${jobs.join("\n")}`, main).findings, []);
  });

  it("says what it reads where that is much", async () => {
    const folder = await mkdtemp(join(tmpdir(), "slipway-much-"));
    try {
      const said: string[] = [];
      await writeFile(join(folder, "a.yml"), "on: push\njobs: {}\n");
      await checkWorkflows(folder, main, (line) => said.push(line));
      assert.equal(said.length, 0);
      await writeFile(join(folder, "b.yml"), `on: push\njobs: {}\n${"#\n".repeat(1_000_000)}`);
      await checkWorkflows(folder, main, (line) => said.push(line));
      assert.deepEqual(said, ["reading 2 files, 2 MB"]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("bears any text, and aliases that multiply", () => {
    const line = fc.constantFrom(
      "jobs:",
      "  a:",
      "    steps:",
      "      - run: ${{ vars.X }}",
      "    environment: [",
      "&a",
      "*a",
      "runs:",
      "  - if: ${{",
      "\t",
      "? - !!x",
    );
    fc.assert(fc.property(fc.array(line), (lines) => void checkText(lines.join("\n"), main)));
    const levels = Array.from(
      { length: 12 },
      (_, i) => `  x${i + 1}: &x${i + 1} [${`*x${i},`.repeat(8)}]`,
    );
    const bomb = `jobs:\n  x0: &x0 { if: a }\n${levels.join("\n")}\n  job: { steps: [*x12] }`;
    const { findings } = checkText(bomb, main);
    assert.ok(findings.some(({ kind }) => kind === "unreadable"));
  });
});

describe("slipway outputs --check", () => {
  const run = (...args: readonly string[]) =>
    execa(process.execPath, [join(ROOT, "cli/main.ts"), "outputs", ...args], { reject: false });

  it("ends with 0 and a sentence, or with 1 and a row for each finding", async () => {
    const good = await run("--stack", "main", "--check", join(FIXTURES, "good"));
    assert.deepEqual([good.exitCode, good.stderr], [0, ""]);
    assert.match(good.stdout, /3 files; every variable that is read is declared/);
    const bad = await run("--stack", "main", "--check", join(FIXTURES, "bad-yaml"), "--json");
    assert.equal(bad.exitCode, 1);
    const { ok, findings } = JSON.parse(bad.stdout) as { ok: boolean; findings: unknown[] };
    assert.deepEqual([ok, findings.length], [false, 4 + main.variables.size]);
  });

  it("takes one file, and does not say what that file leaves unused", async () => {
    const good = await checkWorkflows(join(FIXTURES, "good/images.yml"), main);
    assert.deepEqual(good, { files: ["images.yml"], findings: [], isWhole: false });
    assert.doesNotMatch(workflowCheckText("images.yml", good, main), /every one declared is read/);
    const { findings } = await checkWorkflows(join(FIXTURES, "bad-unknown/images.yml"), main);
    assert.deepEqual(
      [...new Set(findings.map(({ file, kind }) => `${file} ${kind}`))],
      ["images.yml unknown", "images.yml out of reach"],
    );
  });

  it("says of a folder without workflows, and of none, what to name", async () => {
    const empty = await mkdtemp(join(tmpdir(), "slipway-empty-"));
    try {
      const none = await run("--check", empty);
      assert.equal(none.exitCode, 1);
      assert.match(
        none.stderr,
        /no workflow and no action in it; name a workflow, or a folder such as/,
      );
      const gone = await run("--check", join(empty, "gone"));
      assert.match(
        gone.stderr,
        /^error: .*gone: cannot be read .*name a workflow, or a folder of workflows$/,
      );
    } finally {
      await rm(empty, { recursive: true });
    }
  });

  it("prints each finding with what to write, and once at the end what there is to name", () => {
    const at = { file: "a.yml", line: 1, column: 2 };
    const of = (kind: "unknown" | "hard-coded") => ({ kind, ...at, message: "m", remedy: "r" });
    const print = (...findings: readonly Finding[]) =>
      workflowCheckText("folder", { files: ["a.yml"], findings, isWhole: true }, therock);
    assert.equal(
      print(of("hard-coded")),
      "a.yml:1:2 hard-coded: m\n    -> r\n\n1 finding in 1 file",
    );
    const [, , , , , variables, ...others] = print(of("unknown"), of("unknown")).split("\n");
    assert.equal(
      variables,
      "Variables of stack therock: SLIPWAY_REGISTRIES, SLIPWAY_CANDIDATES, SLIPWAY_FAMILIES",
    );
    assert.match(others.join("\n"), /^Environments: .*\n2 findings in 1 file$/);
  });

  it("fits on a screen", async () => {
    for (const folder of ["bad-unknown", "bad-reach", "bad-hard-coded"]) {
      const { stdout } = await run("--stack", "main", "--check", join(FIXTURES, folder));
      // A path is one word, however long.
      const wide = stdout.split("\n").filter((line) => line.length > 100);
      assert.deepEqual(
        wide.filter((line) => !line.startsWith(FIXTURES)),
        [],
      );
    }
  });

  it("refuses options that it would not heed", async () => {
    for (const args of [
      ["--check", "folder", "--engine", "pulumi"],
      ["--describe", "--engine", "pulumi"],
      ["--describe", "--stack", "main"],
      ["--describe", "--check", "folder"],
    ]) {
      const { exitCode, stdout, stderr } = await run(...args);
      assert.deepEqual([exitCode, stdout], [2, ""], args.join(" "));
      assert.match(stderr, /^error: option '--(?:describe|check)\b.* cannot be used with option/);
    }
  });
});
