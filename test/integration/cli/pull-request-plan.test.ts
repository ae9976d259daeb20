// Does not prove that GitHub gives a job no credential: test/integration/workflows looks at that.
import assert from "node:assert/strict";
import { appendFile, cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { planData } from "../../../cli/pull-request/plan-data.ts";
import { type PreviewReport, readPreviewReport } from "../../../rules/preview-report.ts";
import { snapshotOf } from "../../../rules/snapshot-of.ts";
import { snapshotText } from "../../../rules/snapshot.ts";
import { ProjectCopy } from "../../cli/support/project-copy.ts";

const LEFT_OUT = new Set(["node_modules", ".slipway"]);
const CANARY = "canary-3f9c1a";

describe("slipway pull-request plan", function () {
  this.timeout(180_000);
  let base: ProjectCopy;
  let folder: string;
  let head: string;

  before(async () => {
    base = await ProjectCopy.make();
  });
  after(() => base.remove());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-pull-request-test-"));
    head = join(folder, "head");
    await cp(base.root, head, {
      recursive: true,
      filter: (path) => !LEFT_OUT.has(relative(base.root, path)),
    });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const plan = (...more: readonly string[]) => planAs({}, ["--stack", "main", ...more]);

  async function planAs(env: Readonly<Record<string, string>>, more: readonly string[]) {
    const [output, actionsOutput] = [join(folder, "preview.json"), join(folder, "output")];
    const args = ["--checkout", head, "--output", output, ...more];
    const ended = await base.slipway(["pull-request", "plan", ...args], {
      ...env,
      GITHUB_OUTPUT: actionsOutput,
      GITHUB_TOKEN: CANARY,
      RESULTS_TOKEN: CANARY,
    });
    const text = await readFile(output, "utf8");
    const read = readPreviewReport(text);
    assert.ok("report" in read, JSON.stringify(read) + ended.stderr);
    for (const said of [text, ended.stdout, ended.stderr]) assert.ok(!said.includes(CANARY), said);
    return { ...ended, report: read.report, code: await readFile(actionsOutput, "utf8") };
  }

  async function edit(path: string, change: (text: string) => string): Promise<void> {
    const text = await readFile(join(head, path), "utf8");
    const changed = change(text);
    assert.notEqual(changed, text, `the edit of ${path} changed nothing`);
    await writeFile(join(head, path), changed);
  }

  const failuresOf = ({ failures }: PreviewReport) =>
    failures.map(({ where, message }) => `${where}: ${message}`);

  it("tells nothing of a pull request that changes documents only, and no code", async () => {
    await appendFile(join(head, "README.md"), "more\n");
    const { exitCode, report, code, stderr } = await plan();
    assert.equal(exitCode, 0, stderr);
    const { resources, images, names, access, retention, failures, comparedWith } = report;
    assert.deepEqual(
      [resources, images, names, access, retention, failures],
      [[], [], [], [], [], []],
    );
    assert.deepEqual(comparedWith, { kind: "base" });
    assert.equal(code, "code=false\n");
  });

  it("tells what a pull request changes, by the base's code alone", async () => {
    await appendFile(join(head, "images/almalinux-builder/scripts/install_cuda.sh"), "# more\n");
    await edit("Pulumi.main.yaml", (text) =>
      text
        .replace("    - gha-artifacts\n", "    - gha-artifacts\n    - another-bucket\n")
        .replace("repositoryId: 65600975", "repositoryId: 65600976")
        .replace("config: dockerToken", "variable: GITHUB_TOKEN"),
    );
    // None of these may run.
    for (const file of ["index.ts", "settings.ts", "catalog.ts", "rules/names.ts", "cli/main.ts"]) {
      await writeFile(join(head, file), `throw new Error("the pull request's code ran");`);
    }
    const { exitCode, report, code, stderr } = await plan();
    assert.equal(exitCode, 0, stderr);
    assert.equal(code, "code=true\n");
    assert.deepEqual(
      report.images.map(({ label, change, reasons }) => [label, change, ...reasons]),
      ["cuda12.6", "cuda12.8", "cuda12.9", "cuda13.0"].map((accelerator) => [
        `almalinux-builder/${accelerator}`,
        "changed",
        "file scripts/install_cuda.sh changed",
      ]),
    );
    assert.ok(
      report.names.some(({ name, change }) => name.endsWith(":cuda12.8") && change === "moves"),
    );
    const statements = report.access.flatMap((one) =>
      one.kind === "statement" && one.policy === "permissions"
        ? [[one.change, ...one.resources]]
        : [],
    );
    assert.deepEqual(statements, [
      ["gains", "arn:aws:s3:::another-bucket"],
      ["gains", "arn:aws:s3:::another-bucket/*"],
    ]);
    const begins = report.access.filter((one) => one.kind === "token" && one.change === "begins");
    assert.ok(begins.length >= 4, JSON.stringify(begins));
    assert.ok(
      report.access.some(
        (one) =>
          one.kind === "setting" && one.setting === "source" && one.new?.includes("GITHUB_TOKEN"),
      ),
    );
  });

  it("compares with what was applied where a snapshot is there", async () => {
    const { planned } = await planData(base.root, "main");
    const commit = "d".repeat(40);
    const place = { repository: "pytorch/pytorch", stack: "main", channel: "main", commit };
    const snapshot = join(folder, "snapshot.json");
    const applied = planned.declared.filter(({ name }) => name !== "drift-role");
    await writeFile(snapshot, snapshotText(snapshotOf(place, applied)));
    const { exitCode, report, stderr } = await plan("--snapshot", snapshot);
    assert.equal(exitCode, 0, stderr);
    assert.deepEqual(report.comparedWith, { kind: "snapshot", commit });
    const created = report.resources.filter(({ change }) => change === "create");
    assert.deepEqual(
      created.map(({ name }) => name),
      ["drift-role"],
    );
    assert.ok(report.access.some((one) => one.kind === "token" && one.change === "begins"));
    // The second job's way: the checkout plans itself.
    const self = await plan("--snapshot", snapshot, "--checkout", base.root);
    assert.deepEqual(self.report.access, report.access);
    assert.equal(self.code.split("\n").at(-2), "code=false");
  });

  it("tells all faults of the data, and ends with 1", async () => {
    await edit("images/ci-image/image.yaml", (text) => `${text}nonsense: 1\n`);
    await edit("images/almalinux-builder/image.yaml", (text) => `${text}another: 1\n`);
    const { exitCode, report, code, stdout } = await plan();
    assert.equal(exitCode, 1);
    assert.equal(code, "code=false\n");
    const failures = failuresOf(report);
    assert.ok(failures.some((one) => /^images\/ci-image\/image\.yaml: .*nonsense/.test(one)));
    assert.ok(
      failures.some((one) => /^images\/almalinux-builder\/image\.yaml: .*another/.test(one)),
    );
    assert.match(stdout, /nonsense/);
    assert.deepEqual([report.resources, report.access], [[], []]);
  });

  it("hands over why a snapshot is none to compare with", async () => {
    const snapshot = join(folder, "snapshot.json");
    const broken = async (text: string) => {
      await writeFile(snapshot, text);
      const { exitCode, report, code } = await plan("--snapshot", snapshot);
      assert.equal(exitCode, 1);
      assert.equal(code.split("\n").at(-2), "code=false");
      return failuresOf(report);
    };
    const place = { repository: "somebody/else", stack: "main", channel: "main" };
    const foreign = { ...place, commit: "d".repeat(40) };
    assert.match(
      (await broken(snapshotText(snapshotOf(foreign, [])))).join("\n"),
      /^\(snapshot\): snapshot\.json is the snapshot of stack main of somebody\/else, .* and not that of stack main of pytorch\/pytorch/,
    );
    assert.deepEqual(await broken("<html>"), [
      "(snapshot): (file): is no JSON; slipway snapshot fetch gets one",
    ]);
  });

  it("hands over that the branch has no stack", async () => {
    const { exitCode, report, stdout } = await planAs(
      {
        ...{ GITHUB_ACTIONS: "true", GITHUB_REPOSITORY: "pytorch/pytorch" },
        ...{ GITHUB_REF: "refs/pull/7/merge", GITHUB_BASE_REF: "release/0.0" },
      },
      [],
    );
    assert.equal(exitCode, 1);
    assert.equal(report.channel, "release/0.0");
    assert.match(
      failuresOf(report).join("\n"),
      /^\(stack\): no stack is of pytorch\/pytorch, channel release\/0\.0/,
    );
    assert.match(stdout, /The report is in/);
  });

  it("hands over which of both checkouts lacks the stack's file", async () => {
    const failure = async (...more: readonly string[]) => {
      const { exitCode, report } = await plan(...more);
      assert.equal(exitCode, 1);
      return failuresOf(report);
    };
    assert.deepEqual(await failure("--stack", "nope"), [
      "Pulumi.nope.yaml: neither in the base's checkout nor in the pull request's; name another stack with --stack",
    ]);
    assert.deepEqual(await failure("--stack", "nope", "--checkout", base.root), [
      "Pulumi.nope.yaml: not in the checkout; name another stack with --stack",
    ]);
    await rm(join(head, "Pulumi.main.yaml"));
    assert.deepEqual(await failure(), [
      "Pulumi.main.yaml: not in the pull request's checkout, though in the base's; keep the file, or name another stack with --stack",
    ]);
  });

  it("tells what is wrong with a configuration, and a stack's file that is made to cost time", async () => {
    await edit("Pulumi.main.yaml", (text) =>
      text.replace("ownerId: 21003710", "ownerId: many").replace("protect: true", "protect: maybe"),
    );
    const { exitCode, report } = await plan();
    assert.equal(exitCode, 1);
    const failures = failuresOf(report);
    assert.ok(
      failures.some((one) => /^Pulumi\.main\.yaml: .*ownerId/.test(one)),
      failures.join(),
    );
    assert.ok(
      failures.some((one) => /^Pulumi\.main\.yaml: .*protect/.test(one)),
      failures.join(),
    );
    const bomb = ["a: &a [x,x,x,x,x,x,x,x,x]"];
    for (let index = 1; index < 8; index++) {
      const [last, name] = "abcdefgh".slice(index - 1, index + 1).split("");
      bomb.push(`${name ?? ""}: &${name ?? ""} [${new Array(9).fill(`*${last ?? ""}`).join(",")}]`);
    }
    await writeFile(join(head, "Pulumi.main.yaml"), `${bomb.join("\n")}\nconfig: *h\n`);
    const second = await plan();
    assert.equal(second.exitCode, 1);
    assert.equal(second.report.failures.length, 1);
  });

  it("follows no link out of a checkout, and says so", async () => {
    await symlink("/etc", join(head, "images/ci-image/etc"));
    await rm(join(head, "Pulumi.therock.yaml"));
    await symlink("/etc/passwd", join(head, "Pulumi.therock.yaml"));
    const { exitCode, report, code } = await plan();
    assert.equal(exitCode, 1);
    assert.deepEqual(
      failuresOf(report)
        .map((one) => one.split(":")[0])
        .sort(),
      ["Pulumi.therock.yaml", "images/ci-image/etc"],
    );
    assert.equal(code, "code=false\n");
  });

  it("compares with nothing where the checkout plans itself and nothing was applied", async () => {
    const { exitCode, report, stderr } = await plan(
      ...["--checkout", base.root, "--snapshot", join(folder, "none.json")],
    );
    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, /none\.json: not there/);
    assert.deepEqual(report.comparedWith, { kind: "nothing" });
    assert.ok(report.resources.every(({ change }) => change === "create"));
    assert.ok(report.resources.length > 50);
  });
});
