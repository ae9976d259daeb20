// Plans alone: no cloud, no network.
import assert from "node:assert/strict";
import { join } from "node:path";
import { readFile, writeFile } from "node:fs/promises";
import { ProjectCopy } from "../../cli/support/project-copy.ts";

interface Output {
  readonly ok: boolean;
  readonly resources: readonly unknown[];
  readonly policies: {
    readonly violations: readonly { readonly policy: string; readonly resource: string }[];
  };
}

describe("slipway plan --policies", function () {
  this.timeout(120_000);
  let project: ProjectCopy;
  before(async () => (project = await ProjectCopy.make()));

  it("passes stack main, in one JSON object with the plan", async () => {
    const { exitCode, stdout } = await project.slipway([
      "plan",
      "--stack",
      "main",
      "--policies",
      "--json",
    ]);
    const { ok, resources, policies } = JSON.parse(stdout) as Output;
    assert.equal(exitCode, 0);
    assert.ok(ok && resources.length > 50);
    assert.deepEqual(policies.violations, []);
  });

  it("refuses a stack that breaks one, and says what to write", async () => {
    const file = join(project.root, "Pulumi.main.yaml");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace("slipway:forceDelete: false", "slipway:forceDelete: true"));
    const { exitCode, stdout } = await project.slipway(["plan", "--stack", "main", "--policies"]);
    assert.equal(exitCode, 1);
    assert.match(
      stdout,
      /\d+ policies: 4 violations.*high {5}repository-is-not-force-deletable\n.*almalinux-builder-repository \(aws\.ecr\.Repository\): can be deleted with its images\n.*-> Write slipway:forceDelete: false\./s,
    );
    const json = await project.slipway(["plan", "--stack", "main", "--policies", "--json"]);
    assert.equal(json.exitCode, 1);
    const { ok, policies } = JSON.parse(json.stdout) as Output;
    assert.ok(ok, "the plan itself did not fail");
    assert.deepEqual(
      policies.violations.map(({ resource }) => resource).sort(),
      ["almalinux-builder-candidate", "almalinux-builder", "ci-image-candidate", "ci-image"].map(
        (repository) => `${repository}-repository`,
      ),
    );
    const markdown = await project.slipway(["plan", "--stack", "main", "--policies", "--markdown"]);
    assert.equal(markdown.exitCode, 1);
    assert.match(markdown.stdout, /#### Policies/);
  });

  it("says nothing of policies where nobody asks", async () => {
    const { exitCode, stdout } = await project.slipway(["plan", "--stack", "main", "--json"]);
    assert.equal(exitCode, 0);
    assert.ok(!("policies" in (JSON.parse(stdout) as object)));
  });
});
