import assert from "node:assert/strict";
import { toldDigests } from "../../../cli/candidate/told-candidate.ts";
import { createCheckRun } from "../../../github/check-runs.ts";
import { GithubClient } from "../../../github/client.ts";
import { candidateCheckName } from "../../../rules/candidate-check.ts";
import { OWNER, REPOSITORY, TOKEN, useEmulator } from "../../local/github/test-emulator.ts";

describe("digests that checks tell of", () => {
  const emulator = useEmulator();

  it("are told although a newer check has the same name, the newest first", async () => {
    const github = new GithubClient({ owner: OWNER, token: TOKEN, baseUrl: emulator.url });
    const [head, label, contentName] = ["a".repeat(40), "ci-image/cpu", "cpu-k1"];
    const digests = ["1", "2"].map((digit) => `sha256:${digit.repeat(64)}`);
    for (const [externalId, title] of [...digests.map((one) => [one, contentName]), ["", "x"]]) {
      await createCheckRun(github, {
        ...{ repository: REPOSITORY, headSha: head, name: candidateCheckName(label) },
        ...{ externalId: externalId ?? "", title: title ?? "", summary: "" },
        conclusion: "success",
      });
    }
    const told = await toldDigests(
      { github, repository: REPOSITORY, head, base: "b".repeat(40) },
      { label, contentName },
    );
    assert.deepEqual(told, digests.toReversed());
  });
});
