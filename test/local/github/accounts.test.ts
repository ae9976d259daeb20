import assert from "node:assert/strict";
import { REPO, refusal, useEmulator } from "./test-emulator.ts";

describe("look-up of accounts and repositories in the GitHub emulator", () => {
  const emulator = useEmulator();

  it("finds the organization, whatever the case", async () => {
    const { data } = await emulator.octokit.request("GET /orgs/{org}", { org: "PyTorch" });
    assert.partialDeepStrictEqual(data, {
      login: "pytorch",
      type: "Organization",
      public_repos: 1,
      url: `${emulator.url}/orgs/pytorch`,
    });
    const refused = emulator.octokit.request("GET /orgs/{org}", { org: "octocat" });
    assert.deepEqual(await refusal(refused), {
      status: 404,
      message: "Not Found",
      documentation_url: "https://docs.github.com/rest/orgs/orgs#get-an-organization",
    });
  });

  it("finds owners, the authenticated user and two more by name, and nobody else", async () => {
    const find = (username: string) =>
      emulator.octokit.request("GET /users/{username}", { username });
    assert.equal((await find("pytorch")).data.type, "Organization");
    for (const user of ["octocat", "alice", "Bob"]) {
      assert.equal((await find(user)).data.type, "User", user);
    }
    const { data: me } = await emulator.octokit.request("GET /user");
    assert.deepEqual((await find(me.login)).data, me);
    assert.equal((await refusal(find("nobody"))).status, 404);
  });

  it("finds a repository with its owner", async () => {
    const { data } = await emulator.octokit.request("GET /repos/{owner}/{repo}", REPO);
    assert.partialDeepStrictEqual(data, {
      full_name: "pytorch/pytorch",
      default_branch: "main",
      archived: false,
      owner: { login: "pytorch", type: "Organization" },
      contents_url: `${emulator.url}/repos/pytorch/pytorch/contents/{+path}`,
    });
    const { data: fork } = await emulator.octokit.request("GET /repos/{owner}/{repo}", {
      owner: "OctoCat",
      repo: "FORK",
    });
    assert.equal(fork.full_name, "octocat/fork");
    assert.equal(fork.owner.type, "User");
  });

  it("answers 404 for the name of a repository under another owner", async () => {
    const request = { owner: "octocat", repo: "pytorch" };
    const refused = await refusal(emulator.octokit.request("GET /repos/{owner}/{repo}", request));
    assert.equal(refused.status, 404);
    const path = "/repos/octocat/pytorch";
    for (const below of ["environments", "actions/secrets", "actions/oidc/customization/sub"]) {
      assert.equal((await emulator.fetch(`${path}/${below}`)).status, 404, below);
    }
  });

  it("gives the same ids after every start, different ones for different names", async () => {
    const ids = async () => {
      const { data: repository } = await emulator.octokit.request(
        "GET /repos/{owner}/{repo}",
        REPO,
      );
      const { data: organization } = await emulator.octokit.request("GET /orgs/{org}", {
        org: "pytorch",
      });
      assert.equal(repository.owner.id, organization.id);
      return [repository.id, organization.id];
    };
    const first = await ids();
    await emulator.restart();
    assert.deepEqual(await ids(), first);
    assert.equal(new Set(first).size, 2);
    assert.ok(first.every((id) => Number.isSafeInteger(id) && id > 0));
  });
});
