/* Against a stand-in for AWS that answers as each test says; Docker's configuration is the test's own. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
// Before any test: it sets a global variable.
import "@aws-sdk/client-ecr";
import { ecrLogin, renewedEcrLogin } from "../../cli/ecr-login.ts";

const HOST = "308535385114.dkr.ecr.us-east-1.amazonaws.com";
const token = (text: string): string => Buffer.from(text).toString("base64");
const fresh = { username: "AWS", password: "fresh" };
const stale = { username: "AWS", password: "stale" };

describe("the login for ECR", () => {
  const before = { ...process.env };
  let folder: string;
  let server: Server;
  let answer: { status: number; body: object };
  let asked: number;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-ecr-login-"));
    asked = 0;
    answer = {
      status: 200,
      body: { authorizationData: [{ authorizationToken: token("AWS:fresh") }] },
    };
    server = createServer((request, response) => {
      asked += 1;
      request.resume();
      response.writeHead(answer.status, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify(answer.body));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    for (const name of Object.keys(process.env)) {
      if (name.startsWith("AWS_")) Reflect.deleteProperty(process.env, name);
    }
    const port = (server.address() as AddressInfo).port;
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_ECR: `http://127.0.0.1:${port}`,
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_CONFIG_FILE: join(folder, "aws-config"),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, "aws-credentials"),
      DOCKER_CONFIG: folder,
    });
  });
  afterEach(async () => {
    for (const name of Object.keys(process.env)) {
      if (!(name in before)) Reflect.deleteProperty(process.env, name);
    }
    Object.assign(process.env, before);
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });

  const inEnvironment = (): void => {
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: "secret" });
  };
  const inFile = (): Promise<void> =>
    writeFile(
      join(folder, "aws-credentials"),
      "[default]\naws_access_key_id = AKIA\naws_secret_access_key = secret\n",
    );
  const inDocker = (): Promise<void> =>
    writeFile(
      join(folder, "config.json"),
      JSON.stringify({ auths: { [HOST]: { auth: token("AWS:stale") } } }),
    );
  async function login() {
    const warnings: string[] = [];
    const found = await ecrLogin(HOST, "us-east-1", (line) => warnings.push(line));
    return { found, warnings };
  }

  it("is AWS's where the environment names credentials, though Docker kept one", async () => {
    await inDocker();
    inEnvironment();
    assert.deepEqual(await login(), { found: fresh, warnings: [] });
  });

  it("is else Docker's, and AWS's where Docker has none", async () => {
    await inFile();
    assert.deepEqual(await login(), { found: fresh, warnings: [] });
    await inDocker();
    assert.deepEqual(await login(), { found: stale, warnings: [] });
    assert.equal(asked, 1);
  });

  it("is Docker's where AWS refuses, which is told in AWS's first line", async () => {
    await inDocker();
    inEnvironment();
    answer = {
      status: 400,
      body: {
        __type: "InvalidSignatureException",
        message: "The signature does not match.\n\nx-amz-security-token:hunter2",
      },
    };
    const { found, warnings } = await login();
    assert.deepEqual(found, stale);
    assert.equal(warnings.length, 1);
    assert.match(
      warnings[0]!,
      /^AWS gave no login for ECR in us-east-1: InvalidSignatureException: The signature does not match\.; check/,
    );
    assert.ok(!warnings[0]!.includes("hunter2"));
  });

  it("is none without credentials or a way to AWS, and says why", async () => {
    const without = await login();
    assert.equal(without.found, undefined);
    assert.match(without.warnings.join(), /CredentialsProviderError: Could not load credentials/);
    inEnvironment();
    process.env["AWS_ENDPOINT_URL_ECR"] = "http://127.0.0.1:1";
    const unreachable = await login();
    assert.equal(unreachable.found, undefined);
    assert.match(unreachable.warnings.join(), /ECONNREFUSED/);
  });

  describe("for hours", () => {
    const says = (password: string, expiresAt?: number): void => {
      answer.body = {
        authorizationData: [{ authorizationToken: token(`AWS:${password}`), expiresAt }],
      };
    };
    const password = async (login: ReturnType<typeof renewedEcrLogin>, refused?: typeof fresh) =>
      (await login.current(refused))?.password;

    it("is asked for once, by however many at a time", async () => {
      inEnvironment();
      const login = renewedEcrLogin(HOST, "us-east-1");
      // Seconds since 1970, as AWS sends them.
      says("fresh", Date.now() / 1000 + 12 * 3600);
      assert.deepEqual(await Promise.all([login.current(), login.current()]), [fresh, fresh]);
      assert.deepEqual(await login.current(), fresh);
      assert.equal(asked, 1);
    });

    it("is asked for again when it is refused, though Docker keeps that one", async () => {
      await inDocker();
      await inFile();
      const login = renewedEcrLogin(HOST, "us-east-1");
      assert.equal(await password(login), "stale");
      assert.equal(asked, 0);
      assert.equal(await password(login, stale), "fresh");
      assert.equal(await password(login, stale), "fresh");
      assert.equal(asked, 1);
    });

    it("is kept where its end is in the past already, as stand-ins for AWS say", async () => {
      inEnvironment();
      says("fresh", Date.UTC(2015, 0, 1) / 1000);
      const login = renewedEcrLogin(HOST, "us-east-1");
      for (let index = 0; index < 3; index++) assert.equal(await password(login), "fresh");
      assert.equal(asked, 1);
    });
  });
});
