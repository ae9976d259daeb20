// Does not prove that GitHub starts, groups and cancels runs as its documentation says.
import assert from "node:assert/strict";
import { editedPayload, pullRequestPayload } from "./support/payloads.ts";
import { jobOf, logOf, ran, succeeded, type WorkflowTrace } from "./support/trace.ts";
import type { PullRequestCommits } from "./support/workflow-project.ts";
import { sharedStage } from "./support/workflow-stage.ts";

const DOCKERFILE = "images/no_rocm_image_ubuntu24_04/Dockerfile";

describe("a pull request whose base moves", function () {
  this.timeout(10 * 60_000);
  const stage = sharedStage();
  let opened: PullRequestCommits;
  let moved: PullRequestCommits;

  const plan = async (payload: ReturnType<typeof pullRequestPayload>): Promise<WorkflowTrace> =>
    stage().run({ file: "plan.yml", event: "pull_request", payload });
  const group = ({ concurrency }: WorkflowTrace) => concurrency?.group;

  before(async () => {
    const { project } = stage();
    await stage().branch("moved-base");
    await project.edit(DOCKERFILE, (text) => text.replace("WORKDIR", "ENV MOVED=1\nWORKDIR"));
    // Another command line, so that the second job runs, too.
    await project.edit("cli/main.ts", (text) => `${text}\n// Changed.\n`);
    await project.commit("Change an image and code");
    await project.push("refs/heads/moved-base");
    opened = await stage().openPullRequest("origin", "moved-base");
    await stage().branch("newer-main");
    await project.edit("README.md", (text) => `${text}\nNewer.\n`);
    await project.commit("Write more");
    await project.push("refs/heads/main");
    moved = await stage().updatePullRequest(opened.number, "origin", "moved-base");
  });

  it("is planned by the commit that it is merged with, and not by that of the event", async () => {
    assert.notEqual(moved.base.sha, opened.base.sha);
    // GitHub's event has the base that the pull request was last pushed upon.
    const trace = succeeded(
      await plan(pullRequestPayload(stage().project, { ...moved, base: opened.base })),
    );
    assert.deepEqual(ran(trace), ["plan", "plan-of-changed-code"]);
    for (const [job, step] of [
      ["plan", "Check out the base"],
      ["plan-of-changed-code", "Check out the base, as data"],
    ] as const) {
      const log = logOf(jobOf(trace, job), step);
      assert.ok(log.includes(moved.base.sha), log);
    }
  });

  it("is planned again when it is for another base, and not when it is called otherwise", async () => {
    const { project } = stage();
    const base = { ref: { from: "release/2.9" }, sha: { from: opened.base.sha } };
    const retargeted = succeeded(await plan(editedPayload(project, moved, { base })));
    assert.deepEqual(ran(retargeted), ["plan", "plan-of-changed-code"]);
    const renamed = await plan(editedPayload(project, moved, { title: { from: "Before" } }));
    assert.deepEqual(ran(renamed), []);
    assert.equal(renamed.conclusion, "skipped");
    assert.notEqual(group(renamed), group(retargeted));
  });
});
