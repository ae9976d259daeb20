import assert from "node:assert/strict";
import { createSign, generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { appJwt, type EmulatedApp } from "../../support/emulator.ts";
import { readRequestLog } from "../../support/request-log.ts";
import { REPO, refusal, useEmulator } from "./test-emulator.ts";

const INSTALLATION = "GET /repos/{owner}/{repo}/installation";
const TOKEN = "POST /app/installations/{installation_id}/access_tokens";

describe("GitHub Apps", () => {
  const emulator = useEmulator();
  let app: EmulatedApp;
  before(async () => {
    app = await emulator.github.putApp({
      ...{ clientId: "Iv23liDeploy", slug: "slipway-deploy" },
      permissions: { administration: "write", environments: "write", issues: "write" },
    });
  });

  const asApp = (jwt = appJwt(app)) => emulator.octokitOf(jwt);
  const token = async (asked: object = {}) => {
    const { data } = await asApp().request(TOKEN, {
      ...{ installation_id: app.installationId, ...asked },
    });
    return data;
  };

  it("are found as installed on a repository, and give a token that acts as their bot for an hour", async () => {
    const { data: installation } = await asApp().request(INSTALLATION, REPO);
    assert.equal(installation.id, app.installationId);
    assert.equal(installation.app_slug, "slipway-deploy");
    const given = await token();
    const life = Date.parse(given.expires_at) - Date.now();
    assert.ok(life > 3_590_000 && life <= 3_600_000);
    const issue = { ...REPO, title: "Made by an app" };
    const { data } = await emulator
      .octokitOf(given.token)
      .request("POST /repos/{owner}/{repo}/issues", issue);
    assert.equal(data.user?.login, "slipway-deploy[bot]");
    const { login, permissions } = readRequestLog(emulator.logFile).at(-1)!;
    assert.equal(login, "slipway-deploy[bot]");
    assert.deepEqual(permissions, given.permissions);
  });

  it("give a token the permissions that are asked for and no more than they have", async () => {
    const asked = { administration: "read" };
    const given = await token({ permissions: asked, repositories: ["pytorch"] });
    assert.deepEqual(given.permissions, asked);
    assert.equal(given.repository_selection, "selected");
    assert.deepEqual(
      given.repositories?.map(({ full_name: name }) => name),
      ["pytorch/pytorch"],
    );
    for (const permissions of [{ metadata: "read" }, { contents: "read" }] as const) {
      const { status, message } = await refusal(token({ permissions }));
      assert.equal(status, 422);
      assert.match(message, /not granted/);
    }
    assert.equal((await refusal(token({ repositories: ["unknown"] }))).status, 422);
  });

  it("are not installed on the repositories of others", async () => {
    const elsewhere = asApp().request(INSTALLATION, { owner: "octocat", repo: "fork" });
    assert.equal((await refusal(elsewhere)).status, 404);
    const other = asApp().request(TOKEN, { installation_id: 1 });
    assert.equal((await refusal(other)).status, 404);
  });

  it("have to show a JWT of their own key, in time, by RS256", async () => {
    const now = Math.floor(Date.now() / 1000);
    const signed = (claims: object, header: object = { alg: "RS256" }, key = app.privateKey) => {
      const part = (json: object) => Buffer.from(JSON.stringify(json)).toString("base64url");
      const text = `${part(header)}.${part(claims)}`;
      return `${text}.${createSign("RSA-SHA256").update(text).sign(key, "base64url")}`;
    };
    const good = { iat: now - 60, exp: now + 300, iss: app.clientId };
    const status = async (jwt: string) => (await refusal(asApp(jwt).request("GET /app"))).status;
    assert.equal((await asApp(signed(good)).request("GET /app")).status, 200);
    const byId = signed({ ...good, iss: app.id });
    assert.equal((await asApp(byId).request("GET /app")).data?.slug, "slipway-deploy");
    const { privateKey: another } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs1", format: "pem" },
    });
    assert.equal(await status(signed(good, { alg: "RS256" }, another)), 401);
    assert.equal(await status(signed(good, { alg: "none" })), 401);
    assert.equal(await status(signed({ ...good, exp: now - 1 })), 401);
    assert.equal(await status(signed({ ...good, exp: now + 900 })), 401);
    assert.equal(await status(signed({ ...good, iat: now + 120 })), 401);
    assert.equal(await status(signed({ ...good, iss: "somebody" })), 404);
    assert.equal(await status("a.b.c"), 401);
    assert.equal((await refusal(emulator.octokit.request("GET /app"))).status, 401);
  });

  it("lose a token when it expires or is given back", async () => {
    const first = (await token()).token;
    await emulator.github.expireToken(first);
    const get = (of: string) =>
      emulator.fetch("/repos/pytorch/pytorch", { headers: { authorization: `token ${of}` } });
    assert.equal((await get(first)).status, 401);
    const second = (await token()).token;
    assert.equal((await get(second)).status, 200);
    await emulator.octokitOf(second).request("DELETE /installation/token");
    assert.equal((await get(second)).status, 401);
    const own = emulator.octokit.request("DELETE /installation/token");
    assert.equal((await refusal(own)).status, 401);
  });

  it("keep tokens and registration when the emulator starts anew, and nothing that is a token", async () => {
    const given = (await token()).token;
    await emulator.restart();
    const headers = { authorization: `Bearer ${given}` };
    assert.equal((await emulator.fetch("/repos/pytorch/pytorch", { headers })).status, 200);
    for (const file of [emulator.stateFile, emulator.logFile]) {
      assert.ok(!readFileSync(file, "utf8").includes(given));
    }
  });

  it("are no user, and have no token without a key", async () => {
    const given = (await token()).token;
    const { status } = await refusal(emulator.octokitOf(given).request("GET /user"));
    assert.equal(status, 403);
    const body = JSON.stringify({ clientId: "x", slug: "x", publicKey: "x", permissions: {} });
    assert.equal((await emulator.fetch("/_emulator/apps", { method: "POST", body })).status, 422);
  });
});
