/* `slipway trust subject` against the GitHub of a local cloud. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Octokit } from "@octokit/core";
import { execa } from "execa";
import { ProjectCopy } from "../../cli/support/project-copy.ts";
import { testIdentity, withCloud } from "../../support/cloud.ts";

const FILE = "Pulumi.local.yaml";
const SUB = "/repos/{owner}/{repo}/actions/oidc/customization/sub";
const repository = { owner: testIdentity.owner, repo: testIdentity.repository };

describe("slipway trust subject on the local cloud", function () {
  this.timeout(180_000);
  const cloud = withCloud();
  let project: ProjectCopy;
  let github: Octokit;

  before(async () => {
    project = await ProjectCopy.make();
    github = new Octokit({ baseUrl: cloud().github.endpoint, auth: cloud().github.token });
  });
  after("leave GitHub as it was", async () => {
    await github.request(`PUT ${SUB}`, {
      ...repository,
      use_default: true,
      use_immutable_subject: false,
    });
    await project.remove();
  });

  async function subject(...args: readonly string[]) {
    const { exitCode, stdout, stderr } = await execa(
      process.execPath,
      [join(project.root, "cli/main.ts"), "trust", "subject", ...args],
      { env: { SLIPWAY_HOME: cloud().folder }, cwd: project.root, reject: false },
    );
    return { exitCode, stdout, stderr };
  }

  it("finds that GitHub writes names, as the stack trusts them", async () => {
    const { exitCode, stdout, stderr } = await subject();
    assert.equal(
      stderr,
      `asking ${new URL(cloud().github.endpoint).host} how it writes subjects of ${repository.owner}/${repository.repo}`,
    );
    assert.match(stdout, /tokens are trusted as GitHub writes them\.$/);
    assert.equal(exitCode, 0);
  });

  it("finds that GitHub writes numbers, and writes that and them into the stack's file", async () => {
    await github.request(`PUT ${SUB}`, {
      ...repository,
      use_default: true,
      use_immutable_subject: true,
    });
    const before = await readFile(join(project.root, FILE), "utf8");
    const found = await subject("--json");
    assert.equal(found.exitCode, 1);
    assert.equal(found.stderr, "");
    const report = JSON.parse(found.stdout) as {
      readonly matches: boolean;
      readonly write: Readonly<Record<string, unknown>>;
    };
    assert.equal(report.matches, false);
    assert.equal(report.write["slipway:subjectForm"], "immutable");
    assert.equal(await readFile(join(project.root, FILE), "utf8"), before);
    assert.match((await subject()).stdout, /In Pulumi\.local\.yaml \(--write writes it\):/);

    assert.equal((await subject("--write")).exitCode, 0);
    const written = await readFile(join(project.root, FILE), "utf8");
    assert.match(written, /^ {2}slipway:subjectForm: immutable$/m);
    // Comments and everything else stay.
    const kept = new Set(written.split("\n"));
    const gone = before.split("\n").filter((line) => !kept.has(line));
    assert.ok(
      gone.every((line) => /ownerId|repositoryId|subjectForm/.test(line)),
      gone.join("\n"),
    );
    const { exitCode, stdout } = await subject();
    assert.match(stdout, /tokens are trusted as GitHub writes them\.$/);
    assert.equal(exitCode, 0);
  });

  it("refuses a template that is not GitHub's own, and writes nothing", async () => {
    await github.request(`PUT ${SUB}`, {
      ...repository,
      use_default: false,
      include_claim_keys: ["repo", "job_workflow_ref"],
    });
    const before = await readFile(join(project.root, FILE), "utf8");
    const { exitCode, stdout } = await subject("--write");
    assert.equal(exitCode, 1);
    assert.match(stdout, /a template of its own for subjects \(repo, job_workflow_ref\)/);
    assert.equal(await readFile(join(project.root, FILE), "utf8"), before);
  });
});
