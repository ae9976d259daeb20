/* `slipway drift` on a stack that is applied: clean, changed by hand, and where nobody answers. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Octokit } from "@octokit/core";
import { type DriftReport, readDriftReport } from "../../../rules/drift-report.ts";
import { decide } from "../../../rules/iam-permission-evaluation.ts";
import { boundary, documentsOf, ecr, OIDC, role } from "../../rules/support/roles-example.ts";
import { testIdentity } from "../../support/cloud.ts";
import { appliedStack, STACK } from "./support/local-stack.ts";

const repository = { owner: testIdentity.owner, repo: testIdentity.repository };
const build = { ...repository, environment_name: "docker-build" };
const VARIABLE = "PATCH /repos/{owner}/{repo}/environments/{environment_name}/variables/{name}";
const STRAY = "/repos/{owner}/{repo}/environments/{environment_name}/variables";

describe("slipway drift", function () {
  this.timeout(300_000);
  const stack = appliedStack();

  async function look(...args: readonly string[]) {
    const file = join(stack().project.home, "tmp", "drift.json");
    const command = ["drift", ...STACK, "--output", file, ...args];
    const { exitCode, stdout, stderr } = await stack().slipway(...command);
    const read = readDriftReport(await readFile(file, "utf8"));
    assert.ok("report" in read, stdout);
    return { exitCode, stdout, stderr, report: read.report };
  }

  function outcomes({ checks }: DriftReport) {
    return checks.map(({ check, outcome }) => [check, outcome]);
  }

  it("finds nothing where everything is as declared, and says so while it looks and at the end", async () => {
    const { exitCode, stdout, stderr, report } = await look();
    assert.deepEqual(
      outcomes(report),
      [
        ["preview", "ok"],
        ["secrets", "ok"],
        ["retention", "ok"],
      ],
      stdout,
    );
    assert.equal(exitCode, 0);
    assert.equal(report.repository, `${repository.owner}/${repository.repo}`);
    assert.match(stderr, /^preview: looking\n {2}preview of stack local by the embedded engine\n/);
    assert.match(stderr, /^secrets: ok \(\d/m);
    assert.match(stdout, /^Drift of stack local\n\npreview +ok$/m);
  });

  it("asks nothing of AWS that the drift role may not do", async () => {
    const { home } = stack().project;
    const recorded = join(home, "tmp", "aws.jsonl");
    const hook = join(import.meta.dirname, "../../support/record-aws.mjs");
    const { exitCode } = await stack().project.slipway(["drift", ...STACK], {
      ...{ NODE_OPTIONS: `--import ${pathToFileURL(hook).href}`, RECORD_AWS: recorded },
    });
    assert.equal(exitCode, 0);
    const lines = (await readFile(recorded, "utf8")).trimEnd().split("\n");
    const asked = new Set(
      lines.map((line) => {
        const { service, action } = JSON.parse(line) as { service: string; action: string };
        return `${service}:${action}`;
      }),
    );
    // Of each of the looks that ask AWS, so that the record is known to be one.
    for (const action of ["iam:GetRole", "ecr:DescribeRepositories", "ecr:DescribeImages"]) {
      assert.ok(asked.has(action), `${action} is not in ${[...asked].join(", ")}`);
    }
    const documents = documentsOf("drift");
    const places = ["*", ecr("pytorch/ci-image"), role("push"), boundary("workflow"), OIDC];
    const refused = [...asked].filter(
      (action) =>
        // It tells everybody who they are, whatever policies say.
        action !== "sts:GetCallerIdentity" &&
        !places.some((resource) => decide(documents, { action, resource }) === "allowed"),
    );
    assert.deepEqual(refused, []);
  });

  it("finds what was changed by hand and what nobody declared, and no value of it", async () => {
    const { endpoint, token } = stack().cloud.github;
    const github = new Octokit({ baseUrl: endpoint, auth: token });
    const value = "changed-by-hand";
    await github.request(VARIABLE, { ...build, name: "SLIPWAY_FAMILIES", value });
    await github.request(`POST ${STRAY}`, { ...build, name: "STRAY", value });
    try {
      const { exitCode, stdout, report } = await look("--json");
      assert.equal(exitCode, 1);
      assert.deepEqual(JSON.parse(stdout), report);
      assert.doesNotMatch(stdout, /changed-by-hand/);
      const subjects = report.checks.map(({ findings }) => findings.map(({ subject }) => subject));
      assert.deepEqual(subjects, [
        ["docker-build-variable-SLIPWAY_FAMILIES"],
        ["docker-build/STRAY"],
        [],
      ]);
      assert.match(
        report.checks[0]?.findings[0]?.message ?? "",
        /^up would update this .*: value$/,
      );
    } finally {
      await github.request(`DELETE ${STRAY}/{name}`, { ...build, name: "STRAY" });
      assert.equal((await stack().up()).ok, true);
    }
  });

  it("asks the rest where one look cannot be made, and does not call that clean", async () => {
    // The Pulumi CLI's state is nowhere: whatever it says, it does not say that nothing changes.
    const file = join(stack().project.home, "tmp", "drift.json");
    const command = ["drift", "--stack", "local", "--engine", "pulumi", "--output", file];
    const { exitCode } = await stack().project.slipway(command, { PATH: "/nowhere" });
    assert.equal(exitCode, 1);
    const read = readDriftReport(await readFile(file, "utf8"));
    assert.ok("report" in read);
    assert.deepEqual(outcomes(read.report), [
      ["preview", "not asked"],
      ["secrets", "ok"],
      ["retention", "ok"],
    ]);
    assert.match(read.report.checks[0]?.unasked[0] ?? "", /Pulumi CLI was not found on PATH/);
  });
});
