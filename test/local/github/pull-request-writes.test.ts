import assert from "node:assert/strict";
import { EmulatedRepository } from "../../support/emulated-repository.ts";
import { REPO, refusal, useEmulator } from "./test-emulator.ts";

const PULLS = "/repos/{owner}/{repo}/pulls";
const PULL = `${PULLS}/{pull_number}`;

describe("pull requests by the API", () => {
  const emulator = useEmulator();
  let repository: EmulatedRepository;
  let main: string;

  beforeEach(async () => {
    repository = new EmulatedRepository(emulator.octokit, REPO);
    const { sha } = await repository.commit({ a: "1\n", b: "1\n" }, undefined, "main", "Begin");
    main = sha;
  });

  const topic = async (name: string, files: Readonly<Record<string, string>>) =>
    (await repository.commit(files, main, name)).sha;
  const open = async (head: string, more: object = {}) =>
    (
      await emulator.octokit.request(`POST ${PULLS}`, {
        ...{ ...REPO, title: head, head, base: "main", ...more },
      })
    ).data;
  const get = async (number: number) =>
    (await emulator.octokit.request(`GET ${PULL}`, { ...REPO, pull_number: number })).data;
  const merge = (number: number, more: object = {}) =>
    emulator.octokit.request(`PUT ${PULL}/merge`, { ...REPO, pull_number: number, ...more });
  const ofCommit = async (commit: string) =>
    (
      await emulator.octokit.request("GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls", {
        ...{ ...REPO, commit_sha: commit },
      })
    ).data.map(({ number }) => number);

  it("are opened with the commits and files of their branch, and follow it", async () => {
    const head = await topic("follow", { a: "2\n" });
    const pull = await open("follow", { body: "Why" });
    assert.deepEqual([pull.head.sha, pull.base.sha, pull.body], [head, main, "Why"]);
    const files = async () =>
      (
        await emulator.octokit.request(`GET ${PULL}/files`, { ...REPO, pull_number: pull.number })
      ).data.map(({ filename, status }) => `${status} ${filename}`);
    assert.deepEqual(await files(), ["modified a"]);
    const { sha: more } = await repository.commit({ c: "new\n" }, head, "follow");
    assert.equal((await get(pull.number)).head.sha, more);
    assert.deepEqual(await files(), ["modified a", "added c"]);
    await repository.deleteBranch("follow");
    assert.equal((await get(pull.number)).state, "closed");
  });

  it("are refused for branches that are not there, have nothing new, or have one already", async () => {
    await topic("twice", { a: "3\n" });
    await repository.setBranch("same", main);
    const number = (await open("twice")).number;
    const why = async (head: string, more?: object) => {
      const answer = await refusal(open(head, more));
      assert.equal(answer.status, 422);
    };
    await why("twice");
    await why("nowhere");
    await why("same");
    await why("twice", { base: "nowhere" });
    await why("twice", { title: "" });
    await emulator.octokit.request(`PATCH ${PULL}`, {
      ...{ ...REPO, pull_number: number, state: "closed" as const },
    });
    assert.notEqual((await open("twice")).number, number);
    const reopened = emulator.octokit.request(`PATCH ${PULL}`, {
      ...{ ...REPO, pull_number: number, state: "open" as const },
    });
    assert.equal((await refusal(reopened)).status, 422);
  });

  it("are merged by a commit with both histories, which names them", async () => {
    const head = await topic("merged", { a: "4\n" });
    const { number, merge_commit_sha: tried } = await open("merged");
    assert.deepEqual(await ofCommit(head), [number]);
    const { data } = await merge(number, { sha: head });
    assert.equal(await repository.branch("main"), data.sha);
    assert.equal(await repository.file("a", "main"), "4\n");
    const commit = await emulator.octokit.request(
      "GET /repos/{owner}/{repo}/git/commits/{commit_sha}",
      {
        ...{ ...REPO, commit_sha: data.sha },
      },
    );
    assert.deepEqual(
      commit.data.parents.map(({ sha }) => sha),
      [main, head],
    );
    assert.match(commit.data.message, /^Merge pull request #\d+ from pytorch\/merged\n\nmerged$/);
    const pull = await get(number);
    assert.ok(pull.merged && pull.state === "closed");
    assert.deepEqual([pull.merge_commit_sha, pull.head.sha], [data.sha, head]);
    assert.notEqual(tried, data.sha);
    assert.deepEqual([await ofCommit(data.sha), await ofCommit(head)], [[number], [number]]);
    assert.deepEqual(await ofCommit(main), []);
    assert.equal((await refusal(merge(number))).status, 405);
  });

  it("are squashed to one commit on the base", async () => {
    await topic("squashed", { b: "5\n" });
    const { number } = await open("squashed");
    const { data } = await merge(number, { merge_method: "squash" });
    const commit = await emulator.octokit.request(
      "GET /repos/{owner}/{repo}/git/commits/{commit_sha}",
      {
        ...{ ...REPO, commit_sha: data.sha },
      },
    );
    assert.deepEqual(
      commit.data.parents.map(({ sha }) => sha),
      [main],
    );
    assert.equal(commit.data.message, `squashed (#${number})`);
    assert.deepEqual(await ofCommit(data.sha), [number]);
  });

  it("are not merged in a conflict, nor when their head is another by now", async () => {
    await topic("one", { a: "6\n" });
    await topic("other", { a: "7\n" });
    const [one, other] = [await open("one"), await open("other")];
    assert.equal((await refusal(merge(one.number, { sha: main }))).status, 409);
    assert.equal((await refusal(merge(one.number, { merge_method: "rebase" }))).status, 405);
    await merge(one.number);
    assert.equal((await get(other.number)).merge_commit_sha, null);
    assert.equal((await refusal(merge(other.number))).message, "Pull Request is not mergeable");
    assert.equal((await get(other.number)).state, "open");
  });

  it("want permissions: to be written, to be merged, and to be told of a commit", async () => {
    const head = await topic("permitted", { b: "8\n" });
    const { number } = await open("permitted");
    const as = async (permissions: Readonly<Record<string, "read" | "write">>) =>
      emulator.octokitOf(await emulator.github.putToken({ permissions }));
    const [pulls, contents] = [
      await as({ pull_requests: "write" }),
      await as({ contents: "write" }),
    ];
    const at = { ...REPO, pull_number: number };
    await pulls.request(`PATCH ${PULL}`, { ...at, title: "Another" });
    assert.equal((await refusal(contents.request(`PATCH ${PULL}`, at))).status, 403);
    assert.equal((await refusal(pulls.request(`PUT ${PULL}/merge`, at))).status, 403);
    const path = "GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls";
    await pulls.request(path, { ...REPO, commit_sha: head });
    assert.equal(
      (await refusal(contents.request(path, { ...REPO, commit_sha: head }))).status,
      403,
    );
    assert.equal((await contents.request(`PUT ${PULL}/merge`, at)).data.merged, true);
  });
});
