import assert from "node:assert/strict";
import { repositoryId } from "../../support/emulator.ts";
import { REPO, refusal, useEmulator } from "./test-emulator.ts";

const COMMIT = "c".repeat(40);
const LIST = "GET /repos/{owner}/{repo}/pulls";
const GET = "GET /repos/{owner}/{repo}/pulls/{pull_number}";
const FILES = "GET /repos/{owner}/{repo}/pulls/{pull_number}/files";

describe("pull requests", () => {
  const emulator = useEmulator();

  const get = async (number: number) =>
    (await emulator.octokit.request(GET, { ...REPO, pull_number: number })).data;
  const files = async (number: number, query: object = {}) =>
    (await emulator.octokit.request(FILES, { ...REPO, pull_number: number, ...query })).data;

  it("are listed newest first, open ones if nothing is said, by head, base and state", async () => {
    const put = (more: object) =>
      emulator.github.putPullRequest({ headRef: "topic", headSha: COMMIT, ...more });
    const own = await put({});
    const fork = await put({ headRepository: "somebody/pytorch" });
    const release = await put({ headRef: "fix", baseRef: "release/2.10" });
    const closed = await put({ state: "closed" });
    const gone = await put({ headRepository: null });
    const numbers = async (query: object) =>
      (await emulator.octokit.request(LIST, { ...REPO, ...query })).data.map((one) => one.number);
    assert.deepEqual(await numbers({}), [gone, release, fork, own]);
    assert.deepEqual(await numbers({ direction: "asc" }), [own, fork, release, gone]);
    assert.deepEqual(await numbers({ head: "somebody:topic" }), [fork]);
    assert.deepEqual(await numbers({ head: "pytorch:topic", state: "all" }), [closed, own]);
    assert.deepEqual(await numbers({ head: "nobody:topic" }), []);
    assert.deepEqual(await numbers({ base: "release/2.10" }), [release]);
    assert.deepEqual(await numbers({ per_page: 2, page: 2 }), [fork, own]);
  });

  it("name head and base repository by id, and none where the fork was deleted", async () => {
    const number = await emulator.github.putPullRequest({
      ...{ headRepository: "somebody/their-pytorch", headRef: "main", headSha: COMMIT },
      ...{ baseSha: "b".repeat(40), title: "A `title`", user: "somebody" },
    });
    const pull = await get(number);
    assert.equal(pull.head.repo.id, repositoryId("somebody/their-pytorch"));
    assert.equal(pull.head.repo.full_name, "somebody/their-pytorch");
    assert.equal(pull.head.repo.fork, true);
    assert.equal(pull.base.repo.id, repositoryId("pytorch/pytorch"));
    assert.deepEqual(
      [pull.head.ref, pull.head.sha, pull.head.label],
      [...["main", COMMIT, "somebody:main"]],
    );
    assert.deepEqual([pull.base.ref, pull.base.sha], ["main", "b".repeat(40)]);
    assert.deepEqual([pull.title, pull.user.login, pull.state], ["A `title`", "somebody", "open"]);
    await emulator.github.changePullRequest({ number, headRepository: null });
    assert.equal((await get(number)).head.repo, null);
  });

  it("are pushed to, closed and merged", async () => {
    const number = await emulator.github.putPullRequest({ headRef: "topic", headSha: COMMIT });
    await emulator.github.changePullRequest({ number, headSha: "d".repeat(40) });
    assert.equal((await get(number)).head.sha, "d".repeat(40));
    await emulator.github.changePullRequest({ number, state: "closed" });
    const closed = await get(number);
    assert.ok(closed.state === "closed" && closed.closed_at && !closed.merged);
    await emulator.github.changePullRequest({ number, state: "open" });
    assert.equal((await get(number)).closed_at, null);
    await emulator.github.changePullRequest({ number, merged: true });
    const merged = await get(number);
    assert.ok(merged.merged && merged.state === "closed" && merged.merged_at);
    assert.equal((await refusal(get(999))).status, 404);
  });

  it("tell their files with the names that they had before", async () => {
    const number = await emulator.github.putPullRequest({
      ...{ headRef: "topic", headSha: COMMIT },
      files: [
        { filename: "images/a b#?/Dockerfile", status: "modified" },
        { filename: "docs/x.md", status: "renamed", previousFilename: "rules/x.ts" },
      ],
    });
    assert.deepEqual(
      (await files(number)).map((file) => [file.filename, file.status, file.previous_filename]),
      [
        ["images/a b#?/Dockerfile", "modified", undefined],
        ["docs/x.md", "renamed", "rules/x.ts"],
      ],
    );
    assert.equal((await get(number)).changed_files, 2);
  });

  it("list 3000 files, a hundred a page, and count all", async () => {
    const number = await emulator.github.putPullRequest({
      ...{ headRef: "large", headSha: COMMIT, changedFiles: 4000 },
      files: Array.from({ length: 3001 }, (_, index) => ({
        ...{ filename: `file-${index}`, status: "added" as const },
      })),
    });
    assert.equal((await get(number)).changed_files, 4000);
    const last = await files(number, { per_page: 100, page: 30 });
    assert.equal(last.at(-1)?.filename, "file-2999");
    assert.equal((await files(number, { per_page: 1000 })).length, 100);
    assert.deepEqual(await files(number, { per_page: 100, page: 31 }), []);
  });

  it("are named by runs for a branch of here and by no others", async () => {
    const run = {
      ...{ workflow: "plan.yml", headSha: COMMIT, headBranch: "named", event: "pull_request" },
      status: "queued" as const,
    };
    const number = await emulator.github.putPullRequest({ headRef: "named", headSha: COMMIT });
    await emulator.github.putPullRequest({
      ...{ headRepository: "somebody/pytorch", headRef: "named", headSha: COMMIT },
    });
    const named = async (id: number) => {
      const { data } = await emulator.octokit.request(
        "GET /repos/{owner}/{repo}/actions/runs/{run_id}",
        { ...REPO, run_id: id },
      );
      return data.pull_requests?.map((pull) => pull.number);
    };
    assert.deepEqual(await named(await emulator.github.putRun(run)), [number]);
    for (const headRepository of ["somebody/pytorch", null]) {
      const fork = await emulator.github.putRun({ ...run, headRepository });
      assert.deepEqual(await named(fork), []);
    }
  });

  it("are put there whole", async () => {
    const put = (body: object) =>
      emulator.fetch("/_emulator/pull-requests", { method: "POST", body: JSON.stringify(body) });
    const repository = "pytorch/pytorch";
    assert.equal((await put({ repository, headRef: "x" })).status, 422);
    assert.equal((await put({ repository, headRef: "x", headSha: "main" })).status, 422);
    assert.equal((await put({ repository, number: 999, state: "closed" })).status, 404);
    const elsewhere = { repository: "pytorch/other", headRef: "x", headSha: COMMIT };
    assert.equal((await put(elsewhere)).status, 404);
  });
});
