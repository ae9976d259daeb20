import assert from "node:assert/strict";
import { explainGithubFault } from "../../github/faults.ts";

/** Octokit's error where nothing answered. */
function unanswered(url: string): Error {
  return Object.assign(new Error("fetch failed"), {
    name: "HttpError",
    status: 500,
    request: { method: "GET", url },
  });
}

describe("what is told of a GitHub that does not answer", () => {
  it("is to start the local cloud where its address is this machine's, and nowhere else", () => {
    for (const host of ["http://127.0.0.1:34103", "http://localhost:1"]) {
      assert.equal(
        explainGithubFault(unanswered(`${host}/user`)),
        `nothing answers at ${host} (GET /user); start the local cloud: npm run local:up`,
      );
    }
    for (const host of ["https://api.github.com", "https://127.example.com"]) {
      assert.equal(
        explainGithubFault(unanswered(`${host}/user`)),
        `nothing answers at ${host} (GET /user); see whether this machine reaches it, and https://www.githubstatus.com`,
      );
    }
  });
});
