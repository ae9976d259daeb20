import assert from "node:assert/strict";
import { REPO, refusal, useEmulator } from "./test-emulator.ts";

const LIST = "GET /repos/{owner}/{repo}/issues";
const CREATE = "POST /repos/{owner}/{repo}/issues";
const UPDATE = "PATCH /repos/{owner}/{repo}/issues/{issue_number}";
const GET = "GET /repos/{owner}/{repo}/issues/{issue_number}";

describe("issues", () => {
  const emulator = useEmulator();
  const octokit = () => emulator.octokit;
  const create = async (more: object, of = octokit()) =>
    (await of.request(CREATE, { ...REPO, title: "Drift", ...more })).data;
  const update = async (number: number, change: object) =>
    (await octokit().request(UPDATE, { ...REPO, issue_number: number, ...change })).data;
  const numbers = async (query: object) =>
    (await octokit().request(LIST, { ...REPO, ...query })).data.map(({ number }) => number);

  it("are made by whoever holds the token, and listed by label, creator and state", async () => {
    const bot = emulator.octokitOf(await emulator.github.putToken());
    const mine = await create({ labels: ["drift", "ci"] });
    const theirs = await create({ labels: [{ name: "drift" }] }, bot);
    const plain = await create({ body: "No label" });
    assert.equal(mine.user?.login, "slipway-local");
    assert.deepEqual([theirs.user?.login, theirs.user?.type], ["github-actions[bot]", "Bot"]);
    assert.deepEqual(await numbers({}), [plain.number, theirs.number, mine.number]);
    assert.deepEqual(await numbers({ labels: "drift" }), [theirs.number, mine.number]);
    assert.deepEqual(await numbers({ labels: "drift,ci" }), [mine.number]);
    const creator = "github-actions[bot]";
    assert.deepEqual(await numbers({ creator }), [theirs.number]);
    await update(theirs.number, { state: "closed" });
    assert.deepEqual(await numbers({ creator }), []);
    assert.deepEqual(await numbers({ creator, state: "all" }), [theirs.number]);
    assert.deepEqual(await numbers({ per_page: 1, page: 2, direction: "asc" }), [plain.number]);
  });

  it("change their text, labels and state, with the reason", async () => {
    const { number, updated_at: before } = await create({ labels: ["drift"], body: "One" });
    const closed = await update(number, { body: "Two", state: "closed", labels: ["old", "old"] });
    assert.deepEqual(
      [closed.title, closed.body, closed.state, closed.state_reason],
      ["Drift", "Two", "closed", "completed"],
    );
    assert.equal(closed.labels.length, 1);
    assert.ok(closed.closed_at && closed.updated_at > before);
    const open = await update(number, { state: "open", title: "Drift again" });
    assert.deepEqual([open.state, open.state_reason, open.closed_at], ["open", "reopened", null]);
    const given = await update(number, { state: "closed", state_reason: "not_planned" });
    assert.equal(given.state_reason, "not_planned");
    const { data } = await octokit().request(GET, { ...REPO, issue_number: number });
    assert.equal(data.title, "Drift again");
  });

  it("share numbers and the list with pull requests, which say what they are", async () => {
    const { number: before } = await create({});
    const pull = await emulator.github.putPullRequest({ headRef: "t", headSha: "a".repeat(40) });
    const { number: after } = await create({});
    assert.deepEqual([pull, after], [before + 1, before + 2]);
    const { data } = await octokit().request(LIST, { ...REPO, per_page: 3 });
    assert.deepEqual(
      data.map((issue) => [issue.number, issue.pull_request !== undefined]),
      [
        [after, false],
        [pull, true],
        [before, false],
      ],
    );
  });

  it("are refused without a title, and with texts that are too long", async () => {
    const refused = async (issue: object) => (await refusal(create(issue))).status;
    assert.equal(await refused({ title: "" }), 422);
    assert.equal(await refused({ title: "x".repeat(257) }), 422);
    assert.equal(await refused({ body: "x".repeat(65_537) }), 422);
    const longest = await create({ title: "x".repeat(256), body: "x".repeat(65_536) });
    assert.equal(longest.body?.length, 65_536);
  });

  it("are unknown where there are none", async () => {
    assert.equal((await refusal(update(999, { state: "closed" }))).status, 404);
  });
});

describe("comments", () => {
  const emulator = useEmulator();
  const COMMENTS = "/repos/{owner}/{repo}/issues/{issue_number}/comments";
  const COMMENT = "/repos/{owner}/{repo}/issues/comments/{comment_id}";
  const comment = async (issue: number, body: string, of = emulator.octokit) =>
    (await of.request(`POST ${COMMENTS}`, { ...REPO, issue_number: issue, body })).data;
  const list = async (issue: number, query: object = {}) =>
    (await emulator.octokit.request(`GET ${COMMENTS}`, { ...REPO, issue_number: issue, ...query }))
      .data;

  it("are by whoever holds the token: a job, an app, a person", async () => {
    const issue = await emulator.github.putPullRequest({ headRef: "t", headSha: "a".repeat(40) });
    const job = await emulator.github.putToken({ permissions: { "pull-requests": "write" } });
    const person = await emulator.github.putToken({ login: "mallory" });
    await comment(issue, "<!-- marker -->", emulator.octokitOf(person));
    await comment(issue, "<!-- marker -->", emulator.octokitOf(job));
    await comment(issue, "plain");
    assert.deepEqual(
      (await list(issue)).map(({ user }) => [user?.login, user?.type]),
      [
        ["mallory", "User"],
        ["github-actions[bot]", "Bot"],
        ["slipway-local", "User"],
      ],
    );
    const { data } = await emulator.octokit.request(
      "GET /repos/{owner}/{repo}/pulls/{pull_number}",
      { ...REPO, pull_number: issue },
    );
    assert.equal(data.comments, 3);
  });

  it("are listed oldest first in pages, and changed in place", async () => {
    const issue = await emulator.github.putPullRequest({ headRef: "t", headSha: "a".repeat(40) });
    const ids = [];
    for (const body of ["one", "two", "three"]) ids.push((await comment(issue, body)).id);
    assert.deepEqual(
      (await list(issue)).map(({ id }) => id),
      ids,
    );
    assert.deepEqual(
      (await list(issue, { per_page: 2, page: 2 })).map(({ id }) => id),
      ids.slice(2),
    );
    const { data } = await emulator.octokit.request(`PATCH ${COMMENT}`, {
      ...{ ...REPO, comment_id: ids[1]!, body: "two, edited" },
    });
    assert.ok(data.updated_at > data.created_at);
    assert.deepEqual(
      (await list(issue)).map(({ body }) => body),
      ["one", "two, edited", "three"],
    );
    // Times are of whole seconds, so that the third may be of the same one as the change.
    const since = data.updated_at;
    const wanted = (await list(issue)).filter((one) => one.updated_at >= since);
    const changed = (await list(issue, { since })).map(({ id }) => id);
    assert.deepEqual(
      changed,
      wanted.map(({ id }) => id),
    );
    assert.deepEqual([changed.includes(ids[0]!), changed.includes(ids[1]!)], [false, true]);
  });

  it("are taken away", async () => {
    const issue = await emulator.github.putPullRequest({ headRef: "t", headSha: "a".repeat(40) });
    const { id } = await comment(issue, "one");
    await emulator.octokit.request(`DELETE ${COMMENT}`, { ...REPO, comment_id: id });
    assert.deepEqual(await list(issue), []);
    const again = emulator.octokit.request(`DELETE ${COMMENT}`, { ...REPO, comment_id: id });
    assert.equal((await refusal(again)).status, 404);
  });

  it("are refused when they are too long, as GitHub counts, and where nothing is", async () => {
    const issue = await emulator.github.putPullRequest({ headRef: "t", headSha: "a".repeat(40) });
    assert.equal((await comment(issue, "\u{1F6A2}".repeat(65_536))).body?.length, 131_072);
    const { status, message } = await refusal(comment(issue, "x".repeat(65_537)));
    assert.deepEqual([status, message.startsWith("Validation Failed")], [422, true]);
    assert.equal((await refusal(comment(issue, "x".repeat(10 * 1024 * 1024)))).status, 422);
    assert.equal((await refusal(comment(999, "x"))).status, 404);
    const unknown = emulator.octokit.request(`GET ${COMMENT}`, { ...REPO, comment_id: 1 });
    assert.equal((await refusal(unknown)).status, 404);
  });
});
