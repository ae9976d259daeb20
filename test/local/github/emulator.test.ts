import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createGithubEmulator, HEALTH_PATH } from "../../../local/github/emulator.ts";
import { readRequestLog } from "../../support/request-log.ts";
import { sealed, TOKEN, useEmulator } from "./test-emulator.ts";

describe("the GitHub emulator", () => {
  const emulator = useEmulator();
  const REPOSITORY = "/repos/pytorch/pytorch";
  const answer = async (...request: Parameters<typeof emulator.fetch>) => {
    const response = await emulator.fetch(...request);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it("tells that it is well without a token", async () => {
    const response = await fetch(`${emulator.url}${HEALTH_PATH}`);
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { status: "ok" });
  });

  it("requires a token for everything else, even for paths that it does not have", async () => {
    for (const path of [REPOSITORY, "/nothing", "/api/v3/orgs/pytorch"]) {
      const response = await fetch(`${emulator.url}${path}`);
      assert.equal(response.status, 401);
      assert.deepEqual(await response.json(), {
        message: "Requires authentication",
        documentation_url: "https://docs.github.com/rest",
        status: "401",
      });
    }
  });

  it("refuses a wrong token, and accepts the right one as Bearer and as token", async () => {
    const withToken = (authorization: string) => answer(REPOSITORY, { headers: { authorization } });
    for (const wrong of ["Bearer wrong", "Bearer ", TOKEN, `Basic ${TOKEN}`, `Bearer ${TOKEN}x`]) {
      const { status, body } = await withToken(wrong);
      assert.equal(status, 401, wrong);
      assert.equal(body["message"], "Bad credentials");
    }
    for (const scheme of ["Bearer", "bearer", "token"]) {
      assert.equal((await withToken(`${scheme} ${TOKEN}`)).status, 200, scheme);
    }
  });

  it("does not start without a token", async () => {
    const { stateFile, logFile } = emulator;
    const options = { stateFile, logFile, token: "", organization: "pytorch", repositories: [] };
    await assert.rejects(createGithubEmulator(options), /needs a token/);
  });

  it("answers the same below /api/v3, with URLs that a client can follow", async () => {
    const { body: plain } = await answer(REPOSITORY);
    const { body } = await answer(`/api/v3${REPOSITORY}`);
    assert.equal(body["id"], plain["id"]);
    assert.equal(plain["url"], `${emulator.url}/repos/pytorch/pytorch`);
    assert.equal(body["url"], `${emulator.url}/api/v3/repos/pytorch/pytorch`);
  });

  it("says 501 and what it lacks for an endpoint that it does not have", async () => {
    for (const [method, path] of [
      ["GET", "/nothing"],
      ["PATCH", REPOSITORY],
      ["POST", "/api/v3/graphql"],
      ["GET", "/api/v3"],
    ] as const) {
      const { status, body } = await answer(path, { method });
      assert.equal(status, 501);
      assert.match(String(body["message"]), new RegExp(`does not have ${method} /`));
    }
  });

  it("reads JSON whatever the content type says, and refuses what is no JSON object", async () => {
    const variables = `${REPOSITORY}/actions/variables`;
    const post = (body: string, type: string) =>
      answer(variables, { method: "POST", body, headers: { "content-type": type } });
    const form = "application/x-www-form-urlencoded";
    assert.equal((await post('{"name":"FORM","value":"1"}', form)).status, 201);
    for (const [text, message] of [
      ["{", "Problems parsing JSON"],
      ["[]", "Body should be a JSON object"],
      ['"text"', "Body should be a JSON object"],
    ] as const) {
      const { status, body } = await post(text, "application/json");
      assert.equal(status, 400);
      assert.equal(body["message"], message);
    }
    const missing = await post("", "application/json");
    assert.equal(missing.status, 422);
    assert.equal(missing.body["message"], `Invalid request.\n\n"name", "value" weren't supplied.`);
  });

  it("refuses a path that is wrongly encoded as GitHub's errors look", async () => {
    const { status, body } = await answer("/repos/%E0%A4%A/pytorch");
    assert.equal(status, 400);
    assert.deepEqual(Object.keys(body), ["message", "documentation_url", "status"]);
  });

  it("logs time, method, path, status and who of each request, and nothing else", async () => {
    const path = `${REPOSITORY}/actions/variables`;
    const body = JSON.stringify({ name: "LOGGED", value: "value-of-a-variable" });
    await emulator.fetch(`/api/v3${path}?page=1`, { method: "POST", body });
    const text = readFileSync(emulator.logFile, "utf8");
    const { time, ...last } = readRequestLog(emulator.logFile).at(-1)!;
    assert.ok(Math.abs(Date.now() - Date.parse(time)) < 60_000);
    const login = "slipway-local";
    assert.deepEqual(last, { method: "POST", path: `/api/v3${path}`, status: 422, login });
    assert.ok(!text.includes(TOKEN));
    assert.ok(!text.includes("value-of-a-variable"));
    assert.ok(!text.includes(HEALTH_PATH));
  });

  it("logs of the environment that a request is about what it is like afterwards", async () => {
    const environment = `${REPOSITORY}/environments/docker%2Fbuild`;
    const logged = async (method: string, path: string, body?: object) => {
      const response = await emulator.fetch(path, {
        method,
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const line = readRequestLog(emulator.logFile).at(-1)!;
      assert.deepEqual([line.method, line.status], [method, response.status]);
      return { environment: line.environment, text };
    };
    const name = "docker/build";
    const open = { name, branchPolicy: null, policies: 0, secrets: 0 };
    const custom = { protected_branches: false, custom_branch_policies: true };
    assert.equal((await logged("GET", environment)).environment, undefined);
    assert.deepEqual((await logged("PUT", environment, {})).environment, open);
    const put = await logged("PUT", environment, { deployment_branch_policy: custom });
    assert.deepEqual(put.environment, { ...open, branchPolicy: "custom" });
    const policies = `/api/v3${environment}/deployment-branch-policies`;
    const posted = await logged("POST", policies, { name: "main" });
    assert.deepEqual(posted.environment, { ...open, branchPolicy: "custom", policies: 1 });
    const { text } = await logged("GET", `${environment}/secrets/public-key`);
    const secret = sealed("canary", JSON.parse(text) as { key: string; key_id: string });
    const written = await logged("PUT", `${environment}/secrets/TOKEN`, secret);
    const full = { name, branchPolicy: "custom", policies: 1, secrets: 1 };
    assert.deepEqual(written.environment, full);
    const refused = await logged("PUT", environment, { wait_timer: -1 });
    assert.deepEqual(refused.environment, full, "also where the request is refused");
    assert.equal((await logged("GET", `${REPOSITORY}/environments`)).environment, undefined);
    assert.equal((await logged("DELETE", environment)).environment, undefined);
  });
});
