import assert from "node:assert/strict";
import { githubOf } from "../../cli/github-access.ts";

describe("GitHub as a stack knows it", () => {
  const token = process.env["GITHUB_TOKEN"];
  afterEach(() => {
    if (token === undefined) delete process.env["GITHUB_TOKEN"];
    else process.env["GITHUB_TOKEN"] = token;
  });

  it("is github.com with the token of the environment", async () => {
    process.env["GITHUB_TOKEN"] = "marker";
    const { endpoint, owner } = await githubOf({ owner: "pytorch", local: false }, "secrets");
    assert.equal(new URL(endpoint).host, "api.github.com");
    assert.equal(owner, "pytorch");
  });

  it("is refused without one, with what it would tell of and what else to do", async () => {
    for (const empty of [undefined, ""]) {
      delete process.env["GITHUB_TOKEN"];
      if (empty !== undefined) process.env["GITHUB_TOKEN"] = empty;
      await assert.rejects(githubOf({ owner: "pytorch", local: false }, "subjects", ", or not"), {
        name: "UserError",
        message:
          "GITHUB_TOKEN is not set, and GitHub tells of subjects to nobody without a token; set it, e.g. GITHUB_TOKEN=$(gh auth token), or not",
      });
    }
  });
});
