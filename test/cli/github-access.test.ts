import assert from "node:assert/strict";
import { explaining, githubOf } from "../../cli/github-access.ts";
import { UserError } from "../../rules/problems.ts";

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

describe("what a command says of a GitHub that it cannot ask", () => {
  const before = process.env["GITHUB_API_URL"];
  afterEach(() => {
    if (before === undefined) delete process.env["GITHUB_API_URL"];
    else process.env["GITHUB_API_URL"] = before;
  });

  /** What is said of a request that ended so. */
  async function told(apiUrl: string, asked: string, status?: number): Promise<string> {
    process.env["GITHUB_API_URL"] = apiUrl;
    const error = Object.assign(new Error("refused"), {
      ...{ name: "HttpError", status: status ?? 500 },
      request: { method: "GET", url: `${asked}/user` },
      ...(status !== undefined && { response: { headers: {} } }),
    });
    const thrown: unknown = await explaining("to read", () => Promise.reject(error)).catch(
      (fault: unknown) => fault,
    );
    assert.ok(thrown instanceof UserError);
    return thrown.message;
  }

  it("names GITHUB_API_URL where that gave the address, on this machine or another", async () => {
    for (const host of ["http://127.0.0.1:9", "https://ghe.example.org"]) {
      assert.equal(
        await told(`${host}/api/v3`, `${host}/api/v3`),
        `nothing answers at ${host} (GET /api/v3/user); GITHUB_API_URL gives that address: see whether it is right, and whether this machine reaches it`,
      );
    }
  });

  it("names the local cloud where a stack has its address, and GitHub's own pages for github.com", async () => {
    const local = await told("https://api.github.com", "http://127.0.0.1:9");
    assert.match(local, /; start the local cloud: npm run local:up$/);
    const github = await told("https://api.github.com", "https://api.github.com");
    assert.match(
      github,
      /see whether this machine reaches it, and https:\/\/www\.githubstatus\.com$/,
    );
  });

  it("names GITHUB_TOKEN where the token is refused, but on the local cloud, which has its own", async () => {
    for (const host of ["http://127.0.0.1:9", "https://api.github.com"]) {
      assert.equal(
        await told(host, host, 401),
        `${host} does not accept the token (GET /user); set GITHUB_TOKEN to another one`,
      );
    }
    assert.match(await told("", "http://127.0.0.1:9", 401), /it is the local cloud's own/);
  });
});
