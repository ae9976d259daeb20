import assert from "node:assert/strict";
import { ensureRepositories } from "../../../local/github/repositories.ts";
import { Store } from "../../../local/github/store.ts";
import { OWNER, REPO, refusal, useEmulator } from "./test-emulator.ts";

const SUBJECT = "/repos/{owner}/{repo}/actions/oidc/customization/sub";
const ORGANIZATION = "/orgs/{org}/actions/oidc/customization/sub";
const BY_NAME = "repo:pytorch/pytorch";
const BY_NUMBER = /^repo:pytorch@\d+\/pytorch@\d+$/;

describe("the OIDC subject in the GitHub emulator", () => {
  const emulator = useEmulator();
  const get = async (place: { owner: string; repo: string } = REPO) =>
    (await emulator.octokit.request(`GET ${SUBJECT}`, place)).data as Record<string, unknown>;
  const put = (body: Record<string, unknown>) =>
    emulator.octokit.request(`PUT ${SUBJECT}`, { ...REPO, use_default: true, ...body });
  const putOrganization = (body: object) =>
    emulator.octokit.request(`PUT ${ORGANIZATION}`, { org: OWNER, ...body });

  it("is that of an older repository by default", async () => {
    assert.deepEqual(await get(), {
      use_default: true,
      use_immutable_subject: false,
      sub_claim_prefix: BY_NAME,
    });
  });

  it("has the repository's and the owner's numbers once it is immutable", async () => {
    assert.equal((await put({ use_immutable_subject: true })).status, 201);
    const { sub_claim_prefix: prefix, ...rest } = await get();
    assert.deepEqual(rest, { use_default: true, use_immutable_subject: true });
    assert.match(String(prefix), BY_NUMBER);
    const { data } = await emulator.octokit.request("GET /repos/{owner}/{repo}", REPO);
    assert.equal(prefix, `repo:pytorch@${data.owner.id}/pytorch@${data.id}`);
    await put({});
    assert.equal((await get())["sub_claim_prefix"], prefix, "what is not mentioned stays");
    await put({ use_immutable_subject: false });
    assert.equal((await get())["sub_claim_prefix"], BY_NAME);
  });

  it("keeps a template until the default is wanted again", async () => {
    const keys = ["repo", "job_workflow_ref"];
    await put({ use_default: false, include_claim_keys: keys });
    assert.partialDeepStrictEqual(await get(), { use_default: false, include_claim_keys: keys });
    await emulator.restart();
    assert.deepEqual((await get())["include_claim_keys"], keys);
    await put({ use_default: true, include_claim_keys: ["actor"] });
    assert.equal((await get())["use_default"], true);
    assert.ok(!("include_claim_keys" in (await get())));
  });

  it("refuses a claim key that is none, and one that is there twice", async () => {
    for (const keys of [["repo-name"], ["repo", "repo"]]) {
      const refused = await refusal(put({ use_default: false, include_claim_keys: keys }));
      assert.equal(refused.status, 422);
    }
    const { status } = await emulator.fetch(
      "/repos/pytorch/pytorch/actions/oidc/customization/sub",
      {
        method: "PUT",
        body: "{}",
      },
    );
    assert.equal(status, 422, "use_default is needed");
  });

  it("has numbers for a repository made since 15 July 2026, though nobody switched it on", async () => {
    ensureRepositories(new Store(emulator.stateFile), OWNER, [
      { name: "old", createdAt: "2026-07-14T23:59:59Z" },
      { name: "young", createdAt: "2026-07-15T00:00:00Z" },
    ]);
    await emulator.restart();
    assert.equal(
      (await get({ owner: OWNER, repo: "old" }))["sub_claim_prefix"],
      "repo:pytorch/old",
    );
    const { sub_claim_prefix: prefix, ...rest } = await get({ owner: OWNER, repo: "young" });
    assert.deepEqual(rest, { use_default: true, use_immutable_subject: false });
    assert.match(String(prefix), /^repo:pytorch@\d+\/young@\d+$/);
  });

  it("follows the organization where its repository says nothing", async () => {
    const organization = async () =>
      (await emulator.octokit.request(`GET ${ORGANIZATION}`, { org: OWNER })).data;
    const keys = ["repo", "context"];
    assert.deepEqual(await organization(), {
      include_claim_keys: keys,
      use_immutable_subject: false,
    });
    const changed = { include_claim_keys: ["repo", "ref"], use_immutable_subject: true };
    assert.equal((await putOrganization(changed)).status, 201);
    assert.deepEqual(await organization(), changed);
    const old = await get({ owner: OWNER, repo: "old" });
    assert.equal(old["use_immutable_subject"], true);
    assert.match(String(old["sub_claim_prefix"]), /^repo:pytorch@\d+\/old@\d+$/);
    assert.equal((await get())["sub_claim_prefix"], BY_NAME, "its own choice stays");
    const fork = await get({ owner: "octocat", repo: "fork" });
    assert.equal(fork["sub_claim_prefix"], "repo:octocat/fork", "another owner's");
    const refused = emulator.octokit.request(`GET ${ORGANIZATION}`, { org: "octocat" });
    assert.equal((await refusal(refused)).status, 404);
  });
});
