import assert from "node:assert/strict";
import { refusal, useEmulator } from "./test-emulator.ts";

const COMMIT = "1".repeat(40);
const TAG = "2".repeat(40);
const CHECKOUT = { owner: "actions", repo: "checkout" };

describe("branches and tags", () => {
  const emulator = useEmulator();
  const repository = "actions/checkout";
  const get = async (ref: string) => {
    const { data } = await emulator.octokit.request("GET /repos/{owner}/{repo}/git/ref/{ref}", {
      ...{ ...CHECKOUT, ref },
    });
    return data.object;
  };

  it("point to a commit, in any repository, and move", async () => {
    await emulator.github.putRef({ repository, ref: "refs/tags/v4.1.0", commit: COMMIT });
    const { type, sha } = await get("tags/v4.1.0");
    assert.deepEqual([type, sha], ["commit", COMMIT]);
    await emulator.github.putRef({ repository, ref: "refs/tags/v4.1.0", commit: "3".repeat(40) });
    assert.equal((await get("tags/v4.1.0")).sha, "3".repeat(40));
    assert.equal((await refusal(get("tags/v4"))).status, 404);
    assert.equal((await refusal(get("heads/v4.1.0"))).status, 404);
  });

  it("point to an annotated tag, which points to a commit", async () => {
    await emulator.github.putRef({ repository, ref: "refs/tags/v5", commit: COMMIT, tag: TAG });
    const { type, sha } = await get("tags/v5");
    assert.deepEqual([type, sha], ["tag", TAG]);
    const path = "GET /repos/{owner}/{repo}/git/tags/{tag_sha}";
    const { data } = await emulator.octokit.request(path, { ...CHECKOUT, tag_sha: sha });
    assert.deepEqual([data.object.type, data.object.sha, data.tag], ["commit", COMMIT, "v5"]);
    const unknown = emulator.octokit.request(path, { ...CHECKOUT, tag_sha: COMMIT });
    assert.equal((await refusal(unknown)).status, 404);
  });

  it("may have slashes, written as they are or encoded", async () => {
    await emulator.github.putRef({ repository, ref: "refs/heads/release/2.10", commit: COMMIT });
    for (const ref of ["heads/release/2.10", "heads%2Frelease%2F2.10"]) {
      const answer = await emulator.fetch(`/repos/actions/checkout/git/ref/${ref}`);
      assert.equal(answer.status, 200);
      assert.equal(((await answer.json()) as { ref: string }).ref, "refs/heads/release/2.10");
    }
  });

  it("are put there whole", async () => {
    const put = (body: object) =>
      emulator.fetch("/_emulator/refs", { method: "POST", body: JSON.stringify(body) });
    for (const wrong of [{ ref: "main" }, { commit: "main" }, { repository: "checkout" }]) {
      const whole = { repository, ref: "refs/heads/main", commit: COMMIT };
      assert.equal((await put({ ...whole, ...wrong })).status, 422);
    }
  });
});
