import assert from "node:assert/strict";
import { GithubClient } from "../../github/client.ts";
import { explainGithubFault } from "../../github/faults.ts";
import { useStage } from "../provider/support/github-stage.ts";

describe("the client of GitHub", () => {
  const stage = useStage();
  const ask = async () =>
    new GithubClient({ owner: "pytorch", ...stage.api, waitedSecond: 1 }).octokit.request(
      "GET /user",
    );
  /** Answers these first, and the truth after them. */
  const answers = (...faults: Exclude<ReturnType<typeof stage.fault>, undefined>[]) => {
    stage.fault = () => faults.shift();
  };

  it("asks again after a broken server, and heeds rate limits", async () => {
    answers({ status: 502 });
    assert.equal((await ask()).status, 200);
    answers({ status: 429, headers: { "retry-after": "0" } });
    assert.equal((await ask()).status, 200);
    answers({ status: 403, headers: { "retry-after": "0" } });
    assert.equal((await ask()).status, 200);
    assert.equal(stage.seen.length, 6);
  });

  it("asks once for what is refused or not there", async () => {
    for (const status of [401, 403, 404, 409, 422]) {
      answers({ status });
      await assert.rejects(ask(), { status });
    }
    assert.equal(stage.seen.length, 5);
  });

  it("does not wait an hour, and says how long it would be", async () => {
    answers({ status: 403, headers: { "retry-after": "3600" } });
    const fault: unknown = await ask().catch((error: unknown) => error);
    assert.match(
      explainGithubFault(fault) ?? "",
      /^GET \/api\/v3\/user: GitHub's rate limit for the token is used up; run again in 3600 seconds$/,
    );
    assert.equal(stage.seen.length, 1);
  });
});
