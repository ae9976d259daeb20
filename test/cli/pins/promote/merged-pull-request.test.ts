import assert from "node:assert/strict";
import { mergedPullRequest } from "../../../../cli/pins/promote/merged-pull-request.ts";
import { checkRunsOf, createCheckRun } from "../../../../github/check-runs.ts";
import { GithubClient } from "../../../../github/client.ts";
import { pullRequestsOfCommit } from "../../../../github/commit-pulls.ts";
import { candidateCheckName } from "../../../../rules/candidate-check.ts";
import { repositoryId } from "../../../support/emulator.ts";
import {
  OWNER,
  REPO,
  REPOSITORY,
  TOKEN,
  useEmulator,
} from "../../../local/github/test-emulator.ts";

const PLACE = { repository: REPOSITORY, repositoryId: repositoryId("pytorch/pytorch") };
let commits = 0;
const commit = () => String(commits++).padStart(40, "0");

describe("the pull request that a commit came in by", () => {
  const emulator = useEmulator();
  const client = () => new GithubClient({ owner: OWNER, token: TOKEN, baseUrl: emulator.url });
  const atOnce = () => Promise.resolve();
  let head: string;
  let merge: string;
  beforeEach(() => {
    head = commit();
    merge = commit();
  });

  const putMerged = () =>
    emulator.github.putPullRequest({
      ...{ headRef: "topic", headSha: head, merged: true, mergeCommitSha: merge },
    });
  const found = (place = PLACE, ownRun?: string) =>
    mergedPullRequest(client(), place, merge, { ownRun, pause: atOnce });

  /** A job of a run of a workflow of its own. */
  const job = async (
    conclusion: "success" | "failure" | "cancelled" | undefined,
    name = "test",
  ) => {
    const run = await emulator.github.putRun({
      ...{ workflow: "test.yml", headSha: head, headBranch: "topic", event: "pull_request" },
      status: "in_progress",
    });
    await emulator.octokit.request("POST /repos/{owner}/{repo}/check-runs", {
      ...{ ...REPO, name, head_sha: head },
      details_url: `https://github.com/pytorch/pytorch/actions/runs/${run}/job/1`,
      ...(conclusion && { status: "completed" as const, conclusion }),
    });
    return String(run);
  };

  it("is found when GitHub lists it late", async () => {
    let pauses = 0;
    const pause = async () => {
      pauses += 1;
      if (pauses === 2) await putMerged();
    };
    const late = await mergedPullRequest(client(), PLACE, merge, { pause });
    assert.equal(late?.head, head);
    assert.equal(pauses, 2);
  });

  it("is none that nobody merged, as where a bot pushes the commit itself", async () => {
    merge = head;
    await emulator.github.putPullRequest({
      ...{ headRef: "topic", headSha: head, mergeCommitSha: head },
    });
    assert.equal((await pullRequestsOfCommit(client(), REPOSITORY, head)).length, 1);
    assert.equal(await found(), undefined);
  });

  it("is none of another repository", async () => {
    const number = await putMerged();
    assert.equal((await found())?.number, number);
    assert.equal(await found({ ...PLACE, repositoryId: PLACE.repositoryId + 1 }), undefined);
  });

  it("is judged without the jobs of the run that asks", async () => {
    await putMerged();
    await job("success", "lint");
    const own = await job(undefined);
    assert.equal((await found(PLACE, own))?.problem, undefined);
    assert.match((await found(PLACE, "1"))?.problem ?? "", /still under way: "test"/);
  });

  it("is judged by the run that took the place of one that was cancelled", async () => {
    await putMerged();
    await job("cancelled");
    assert.match((await found())?.problem ?? "", /"test" \(cancelled\)/);
    await job("success");
    assert.equal((await checkRunsOf(client(), REPOSITORY, head)).length, 2);
    assert.equal((await found())?.problem, undefined);
    await job("cancelled");
    assert.match((await found())?.problem ?? "", /"test" \(cancelled\)/);
  });

  it("is judged by a failure beside whatever came later", async () => {
    await putMerged();
    await job("failure");
    await job("success");
    assert.match((await found())?.problem ?? "", /"test" \(failure\)/);
  });

  it("has every check of its head, also those before one of the same name, the newest first", async () => {
    await putMerged();
    for (const externalId of ["first", "second"]) {
      await createCheckRun(client(), {
        ...{ repository: REPOSITORY, headSha: head, name: candidateCheckName("ci-image/cpu") },
        ...{ externalId, title: "", summary: "", conclusion: "success" },
      });
    }
    const told = (await found())?.checks.map(({ externalId }) => externalId);
    assert.deepEqual(told, ["second", "first"]);
  });
});
