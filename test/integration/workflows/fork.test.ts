/* Pull requests of a fork: a preview as for everybody, no credential, and nothing that hostile ones could change. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { execa } from "execa";
import { credentialsOf } from "./support/credentials.ts";
import { pullRequestPayload, workflowRunPayload } from "./support/payloads.ts";
import { jobOf, printTrace, ran, succeeded } from "./support/trace.ts";
import type { PullRequestCommits } from "./support/workflow-project.ts";
import { sharedStage } from "./support/workflow-stage.ts";

const DOCKERFILE = "images/no_rocm_image_ubuntu24_04/Dockerfile";
const PLAN = ".github/workflows/plan.yml";

describe("a pull request of a fork", function () {
  this.timeout(10 * 60_000);
  const stage = sharedStage();
  let harmless: PullRequestCommits;

  const change = async (value: string): Promise<void> => {
    await stage().project.edit(DOCKERFILE, (text) =>
      text.replace("WORKDIR", `ENV FORK=${value}\nWORKDIR`),
    );
  };
  /** Files of a name anywhere in what jobs left. */
  const left = async (name: string): Promise<string> =>
    (await execa("find", [join(stage().project.home, "runs"), "-name", name])).stdout;

  it("gets a full preview with zero credentials, though its branch is called main", async () => {
    await stage().branch("from-fork");
    await change("1");
    await stage().project.commit("Set a variable");
    await stage().project.push("refs/heads/main", "fork");
    harmless = await stage().openPullRequest("fork", "main", { title: "Set a variable" });
    const { plan, comment } = await stage().planAndComment(harmless);
    succeeded(plan);
    assert.deepEqual(await credentialsOf(plan, stage().hosting), []);
    assert.deepEqual(ran(plan), ["plan"]);
    succeeded(comment);
    const [{ body } = { body: "" }, ...others] = await stage().comments(harmless.number);
    assert.deepEqual(others, []);
    assert.match(body, /no_rocm_image_ubuntu24_04/);
    assert.match(body, /compared with the snapshot|compared with what/);
    assert.doesNotMatch(body, /unreviewed/);
  });

  it("gets nothing more when it asks for it in its own workflow", async () => {
    await stage().branch("greedy");
    await stage().project.edit(PLAN, (text) =>
      text.replace(
        /^jobs:\n/m,
        `jobs:
  greedy:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    permissions: { contents: write, id-token: write, packages: write }
    steps:
      - env: { TAKEN: "\${{ secrets.DOCKER_TOKEN }}" }
        run: test -z "$TAKEN" && env
  entering:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    environment: docker-build
    steps:
      - run: env
`,
      ),
    );
    await stage().project.commit("Take all there is");
    await stage().project.push("refs/heads/greedy", "fork");
    const pullRequest = await stage().openPullRequest("fork", "greedy");
    const { plan, comment } = await stage().planAndComment(pullRequest);
    printTrace(plan);
    assert.deepEqual(jobOf(plan, "greedy").permissions, { contents: "read", packages: "read" });
    assert.equal(jobOf(plan, "greedy").result, "success");
    assert.match(jobOf(plan, "entering").why ?? "", /not allowed to deploy to docker-build/);
    const found = await credentialsOf(plan, stage().hosting);
    // Both are told of the jobs that asked, and are worth nothing: what is read is public, and the other never began.
    assert.deepEqual(found, [
      "greedy: permission packages: read",
      "entering: environment docker-build",
    ]);
    printTrace(comment);
  });

  it("runs nothing by the names of its branch and title", async () => {
    await stage().branch("named");
    await change("2");
    await stage().project.commit("Set a variable");
    const head = "x$(touch${IFS}pwned)`touch${IFS}pwned`;touch${IFS}pwned;'\"|&";
    await stage().project.push(`refs/heads/${head}`, "fork");
    const title =
      "$(touch pwned)\n`touch pwned`\nEOF\n\u001b[31m@everyone <img src=x onerror=alert(1)> [a](javascript:b)";
    const pullRequest = await stage().openPullRequest("fork", head, { title });
    const { plan, comment } = await stage().planAndComment(pullRequest);
    succeeded(plan);
    assert.deepEqual(await credentialsOf(plan, stage().hosting), []);
    succeeded(comment);
    assert.equal(await left("pwned*"), "");
    const [{ body } = { body: "" }] = await stage().comments(pullRequest.number);
    for (const part of ["touch", "@everyone", "<img", "javascript:"]) {
      assert.ok(!body.includes(part), part);
    }
  });

  it("gets no comment for a run of another workflow with the same name", async () => {
    const { project } = stage();
    const before = await stage().comments(harmless.number);
    const { head } = harmless;
    const payload = workflowRunPayload(project, {
      ...{ id: 1, conclusion: "success", path: ".github/workflows/copied.yml" },
      ...{ headBranch: head.ref, headSha: head.sha, headRepository: head.repository },
    });
    const trace = await stage().run({ file: "comment.yml", event: "workflow_run", payload });
    assert.deepEqual(ran(trace), []);
    assert.deepEqual(await stage().comments(harmless.number), before);
  });

  for (const [conclusion, what] of [
    ["cancelled", "keeps its preview after a run for the same commit that was cancelled"],
    ["failure", "is told in its one comment of a run that failed without a preview"],
  ] as const) {
    it(what, async () => {
      const { project, hosting } = stage();
      const before = await stage().comments(harmless.number);
      const { head } = harmless;
      const id = await hosting.machinery.putRun({
        ...{ workflow: "plan.yml", name: "plan", event: "pull_request", status: "completed" },
        ...{ conclusion, headSha: head.sha, headBranch: head.ref },
        headRepository: "mallory/pytorch",
      });
      const payload = workflowRunPayload(project, {
        ...{ id, conclusion },
        ...{ headBranch: head.ref, headSha: head.sha, headRepository: head.repository },
      });
      succeeded(await stage().run({ file: "comment.yml", event: "workflow_run", payload }));
      const after = await stage().comments(harmless.number);
      if (conclusion === "cancelled") {
        assert.deepEqual(after, before);
      } else {
        assert.equal(after.length, 1);
        assert.match(after[0]!.body, /# No preview/);
      }
    });
  }

  it("is never found for a run of the own main, which has the same branch name", async () => {
    const { project, hosting } = stage();
    const before = await stage().comments(harmless.number);
    const headSha = await project.commitOf("refs/heads/main");
    const id = await hosting.machinery.putRun({
      ...{ workflow: "plan.yml", name: "plan", event: "pull_request", status: "completed" },
      ...{ conclusion: "success", headSha, headBranch: "main" },
    });
    const payload = workflowRunPayload(project, {
      ...{ id, conclusion: "success", headBranch: "main", headSha },
      headRepository: project.repository,
    });
    succeeded(await stage().run({ file: "comment.yml", event: "workflow_run", payload }));
    assert.deepEqual(await stage().comments(harmless.number), before);
  });

  it("never starts the workflow that publishes", async () => {
    const payload = pullRequestPayload(stage().project, harmless);
    const trace = await stage().run({ file: "up.yml", event: "pull_request", payload });
    assert.equal(trace.conclusion, undefined);
  });
});
