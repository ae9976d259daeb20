/* `slipway channel create` by the command; test/integration/cli/record.test.ts applies what it writes. */
import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ProjectCopy } from "../../cli/support/project-copy.ts";

const FILE = "Pulumi.release-2.10.yaml";

describe("slipway channel create", function () {
  this.timeout(120_000);
  let project: ProjectCopy;
  before(async () => (project = await ProjectCopy.make()));
  after(() => project.remove());
  afterEach(() => rm(join(project.root, FILE), { force: true }));

  const create = (...args: readonly string[]) => project.slipway(["channel", "create", ...args]);
  const written = () => readFile(join(project.root, FILE), "utf8");

  it("writes a stack that plans images and nothing else", async () => {
    const { exitCode, stderr } = await create("release/2.10");
    assert.equal(exitCode, 0, stderr);
    const plan = await project.slipway(["plan", "--stack", "release-2.10", "--json"]);
    assert.equal(plan.exitCode, 0, plan.stderr);
    const { resources } = JSON.parse(plan.stdout) as { resources: { type: string }[] };
    const packages = new Set(resources.map(({ type }) => type.split(":")[0]));
    assert.deepEqual([...packages].sort(), ["docker-build", "slipway"]);
    assert.ok(
      resources.every(({ type }) =>
        /:(?:Image|ImageName|ImageFamily|AcceleratorImage)$/.test(type),
      ),
      [...new Set(resources.map(({ type }) => type))].join(),
    );
  });

  it("says what to do next: the stack, its secrets, and the plan", async () => {
    await project.edit(
      "Pulumi.main.yaml",
      (text) => `secretsprovider: awskms://alias/slipway\n${text}`,
    );
    const { stdout } = await create("release/2.10");
    const steps = stdout
      .slice(stdout.indexOf("Next:"))
      .split("\n")
      .map((line) => line.trim());
    assert.equal(
      steps[1],
      "pulumi stack init release-2.10 --secrets-provider 'awskms://alias/slipway'",
    );
    for (const key of ["ghcrUser", "ghcrToken", "dockerId", "dockerToken"]) {
      assert.ok(steps.includes(`pulumi config set --secret slipway:${key} --stack release-2.10`));
    }
    assert.ok(steps.includes("slipway plan --stack release-2.10"));
  });

  it("says the same as one JSON object", async () => {
    const { stdout } = await create("release/2.10");
    const steps = stdout.slice(stdout.indexOf("Next:\n") + "Next:\n".length).split("\n");
    await rm(join(project.root, FILE));
    const { exitCode, stdout: json, stderr } = await create("release/2.10", "--json");
    assert.equal(exitCode, 0, stderr);
    assert.deepEqual(JSON.parse(json), {
      ...{ stack: "release-2.10", file: FILE },
      ...{ families: ["almalinux-builder", "ci-image"], leftOut: [] },
      next: steps.map((line) => line.trim()),
    });
  });

  it("shows an example in the help of the command and of what it groups", async () => {
    for (const args of [["channel"], ["channel", "create"]]) {
      const { stdout } = await project.slipway([...args, "--help"]);
      assert.match(stdout, /Examples?:\n {2}slipway channel create release\/2\.10/);
    }
  });

  it("copies no encrypted value", async () => {
    await project.edit("Pulumi.main.yaml", (text) =>
      text.replace("config:\n", "config:\n  slipway:ghcrToken:\n    secure: v1:cipher\n"),
    );
    assert.equal((await create("release/2.10")).exitCode, 0);
    assert.doesNotMatch(await written(), /secure|cipher|ghcrToken|secretsprovider/);
  });

  it("never overwrites a file", async () => {
    await writeFile(join(project.root, FILE), "mine\n");
    const { exitCode, stderr } = await create("release/2.10");
    assert.equal(exitCode, 1);
    assert.match(stderr, /^error: Pulumi\.release-2\.10\.yaml is there already and stays as it is/);
    assert.equal(await written(), "mine\n");
  });

  it("refuses what is no release line, a stack without one, and a stack that is not there", async () => {
    for (const [args, message] of [
      [["main"], /"main" is no release line; write release\//],
      [["release/2.10", "--from", "therock"], /stack therock has no family with release lines/],
      [
        ["release/2.10", "--from", "mian"],
        /Pulumi\.mian\.yaml: not found; stacks with a file are: /,
      ],
    ] as const) {
      const { exitCode, stderr } = await create(...args);
      assert.equal(exitCode, 1, args.join(" "));
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /^\s+at /m);
    }
    await assert.rejects(written());
  });
});
