import assert from "node:assert/strict";
import { GithubClient } from "../../../github/client.ts";
import { checkRunsOf, createCheckRun } from "../../../github/check-runs.ts";
import { pullRequestsOfCommit } from "../../../github/commit-pulls.ts";
import { commitStatuses } from "../../../github/commit-statuses.ts";
import { repositoryId } from "../../support/emulator.ts";
import { OWNER, REPO, REPOSITORY, refusal, TOKEN, useEmulator } from "./test-emulator.ts";

const RUNS = "/repos/{owner}/{repo}/check-runs";
const STATUSES = "POST /repos/{owner}/{repo}/statuses/{sha}";
const DIGEST = `sha256:${"d".repeat(64)}`;
let commits = 0;

describe("what is said of commits", () => {
  const emulator = useEmulator();
  let sha: string;
  beforeEach(() => {
    sha = String(commits++).padStart(40, "0");
  });

  const clientOf = (token: string) =>
    new GithubClient({ owner: OWNER, token, baseUrl: emulator.url });
  const job = async (permissions: Readonly<Record<string, "read" | "write">>) =>
    clientOf(await emulator.github.putToken({ permissions }));
  const candidate = (name: string) => ({
    ...{ repository: REPOSITORY, headSha: sha, name, externalId: DIGEST },
    ...{ conclusion: "success" as const, title: "Pushed", summary: "To be pinned." },
  });

  it("is a check run of the app that a job's token stands for, with what it calls it", async () => {
    const github = await job({ checks: "write" });
    const made = await createCheckRun(github, candidate("candidate a/b"));
    const [found, ...more] = await checkRunsOf(github, REPOSITORY, sha);
    assert.deepEqual(found, made);
    assert.equal(more.length, 0);
    assert.deepEqual(
      { ...found, id: 0, url: "" },
      {
        ...{ id: 0, url: "", name: "candidate a/b", headSha: sha, externalId: DIGEST },
        ...{ app: { id: 15_368, slug: "github-actions" } },
        ...{ status: "completed", conclusion: "success", title: "Pushed" },
      },
    );
  });

  it("counts of each app the last of a name, over all pages", async function () {
    this.timeout(60_000); // It makes a hundred of them, and each is kept on disk.
    const actions = await job({ checks: "write" });
    await emulator.github.putApp({
      ...{ slug: "other", clientId: "Iv23liother", permissions: { checks: "write" } },
    });
    const other = clientOf(
      await emulator.github.putToken({ login: "other[bot]", permissions: { checks: "write" } }),
    );
    await emulator.octokit.request(`POST ${RUNS}`, { ...REPO, name: "test", head_sha: sha });
    await createCheckRun(actions, candidate("test"));
    await createCheckRun(other, candidate("test"));
    for (let number = 0; number < 100; number += 1) {
      await createCheckRun(actions, candidate(`shard ${number}`));
    }
    const found = await checkRunsOf(clientOf(TOKEN), REPOSITORY, sha);
    assert.equal(found.length, 102);
    const named = found.filter(({ name }) => name === "test");
    assert.deepEqual(named.map(({ app }) => app?.slug).sort(), ["github-actions", "other"]);
    assert.ok(named.every(({ status }) => status === "completed"));
  });

  it("counts of each run of a workflow the last of a name", async () => {
    const put = () =>
      emulator.github.putRun({
        ...{ workflow: "test.yml", headSha: sha, headBranch: "topic", event: "pull_request" },
        status: "in_progress",
      });
    const [first, second] = [await put(), await put()];
    for (const run of [first, first, second, second + 1, second + 2]) {
      await emulator.octokit.request(`POST ${RUNS}`, {
        ...{ ...REPO, name: "test", head_sha: sha },
        details_url: `https://github.com/pytorch/pytorch/actions/runs/${run}/job/1`,
      });
    }
    const { data } = await emulator.octokit.request(
      "GET /repos/{owner}/{repo}/commits/{ref}/check-runs",
      { ...REPO, ref: sha },
    );
    const [none, ofSecond, ofFirst, ...more] = data.check_runs;
    assert.equal(more.length, 0);
    // A run that is not there is nobody's suite.
    assert.ok(![first, second, undefined].includes(none?.check_suite?.id));
    assert.equal(ofSecond?.check_suite?.id, second);
    assert.equal(ofFirst?.check_suite?.id, first);
    assert.ok(ofFirst.html_url?.endsWith(`/actions/runs/${first}/job/${ofFirst.id}`));
    const every = await checkRunsOf(clientOf(TOKEN), REPOSITORY, sha, "all");
    assert.equal(every.length, 5);
  });

  it("is under way until it is said how it ended, by the app that began it", async () => {
    const { octokit } = await job({ checks: "write" });
    const { data } = await octokit.request(`POST ${RUNS}`, {
      ...{ ...REPO, name: "build", head_sha: sha, status: "in_progress" as const },
    });
    const state = async () => {
      const [run] = await checkRunsOf(clientOf(TOKEN), REPOSITORY, sha);
      return [run?.status, run?.conclusion, run?.externalId];
    };
    assert.deepEqual(await state(), ["in_progress", undefined, undefined]);
    const update = { ...REPO, check_run_id: Number(data.id), conclusion: "failure" as const };
    await octokit.request(`PATCH ${RUNS}/{check_run_id}`, update);
    assert.deepEqual(await state(), ["completed", "failure", undefined]);
    await emulator.github.putApp({
      ...{ slug: "stranger", clientId: "Iv23listranger", permissions: { checks: "write" } },
    });
    const stranger = clientOf(
      await emulator.github.putToken({ login: "stranger[bot]", permissions: { checks: "write" } }),
    );
    const patched = stranger.octokit.request(`PATCH ${RUNS}/{check_run_id}`, update);
    assert.equal((await refusal(patched)).status, 403);
  });

  it("is refused without the permission, from users, of no commit, and half", async () => {
    const reader = await job({ checks: "read" });
    await checkRunsOf(reader, REPOSITORY, sha);
    assert.equal((await refusal(createCheckRun(reader, candidate("a")))).status, 403);
    const none = await job({ contents: "write" });
    assert.equal((await refusal(checkRunsOf(none, REPOSITORY, sha))).status, 403);
    assert.equal((await refusal(commitStatuses(none, REPOSITORY, sha))).status, 403);
    const user = clientOf(await emulator.github.putToken({ login: "alice" }));
    assert.equal((await refusal(createCheckRun(user, candidate("a")))).status, 403);
    const own = clientOf(TOKEN);
    const wrong = createCheckRun(own, { ...candidate("a"), headSha: "main" });
    assert.equal((await refusal(wrong)).message, "No commit found for SHA: main");
    const half = emulator.octokit.request(`POST ${RUNS}`, {
      ...{ ...REPO, name: "a", head_sha: sha, status: "completed" as const },
    });
    assert.equal((await refusal(half)).status, 422);
  });

  it("is the last status of each context", async () => {
    const say = (context: string, state: "pending" | "success" | "failure") =>
      emulator.octokit.request(STATUSES, { ...REPO, sha, context, state });
    await say("a", "pending");
    await say("b", "failure");
    await say("a", "success");
    const found = await commitStatuses(await job({ statuses: "read" }), REPOSITORY, sha);
    assert.deepEqual(
      found.map(({ context, state }) => `${context} ${state}`),
      ["a success", "b failure"],
    );
    const writer = await job({ statuses: "read" });
    const refused = writer.octokit.request(STATUSES, { ...REPO, sha, state: "success" as const });
    assert.equal((await refusal(refused)).status, 403);
  });

  it("is the pull request that it came in by", async () => {
    const merge = "f".repeat(40);
    const common = { headRef: "topic", headSha: sha };
    const merged = await emulator.github.putPullRequest({
      ...{ ...common, merged: true, mergeCommitSha: merge, headRepository: "somebody/pytorch" },
    });
    const other = await emulator.github.putPullRequest({ ...common, state: "closed" });
    const [found, ...more] = await pullRequestsOfCommit(clientOf(TOKEN), REPOSITORY, merge);
    assert.equal(more.length, 0);
    assert.deepEqual(
      { ...found, url: "" },
      {
        ...{ number: merged, merged: true, mergeCommit: merge, headCommit: sha, url: "" },
        ...{ headBranch: "topic", baseBranch: "main" },
        headRepositoryId: repositoryId("somebody/pytorch"),
        baseRepositoryId: repositoryId("pytorch/pytorch"),
      },
    );
    await emulator.github.changePullRequest({ number: other, state: "open", headRepository: null });
    const ofHead = await pullRequestsOfCommit(clientOf(TOKEN), REPOSITORY, sha);
    assert.deepEqual(
      ofHead.map(({ number, merged: is, headRepositoryId: id }) => [number, is, id !== undefined]),
      [
        [merged, true, true],
        [other, false, false],
      ],
    );
    assert.equal(ofHead[1]?.mergeCommit, undefined);
  });
});
