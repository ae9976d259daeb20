/* What `docker login` left, in folders and with credential helpers of the test's own. */
import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { dockerLogin } from "../../cli/docker-logins.ts";
import { UserError } from "../../rules/problems.ts";

describe("the logins of Docker's configuration", () => {
  let folder: string;
  const before = { DOCKER_CONFIG: process.env["DOCKER_CONFIG"], PATH: process.env["PATH"] };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-logins-"));
    process.env["DOCKER_CONFIG"] = folder;
    await mkdir(join(folder, "bin"));
    process.env["PATH"] = `${join(folder, "bin")}${delimiter}${before.PATH ?? ""}`;
  });
  afterEach(async () => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    await rm(folder, { recursive: true, force: true });
  });

  const config = (content: unknown): Promise<void> =>
    writeFile(
      join(folder, "config.json"),
      typeof content === "string" ? content : JSON.stringify(content),
    );
  const auth = (text: string): { auth: string } => ({ auth: Buffer.from(text).toString("base64") });

  /** A helper that answers by the server's name on its standard input. */
  async function helper(name: string, answers: Record<string, unknown>): Promise<void> {
    const cases = Object.entries(answers).map(
      ([server, answer]) =>
        `  ${server}) echo '${typeof answer === "string" ? answer : JSON.stringify(answer)}';;`,
    );
    const file = join(folder, "bin", `docker-credential-${name}`);
    const lines = ["#!/bin/sh", "read -r server", 'case "$server" in', ...cases];
    await writeFile(file, [...lines, "  *) echo not found; exit 1;;", "esac", ""].join("\n"));
    await chmod(file, 0o755);
  }

  it("are none where there is no file, nor of a host that it does not name", async () => {
    assert.equal(await dockerLogin("ghcr.io"), undefined);
    await config({ auths: { "quay.io": auth("a:b") } });
    assert.equal(await dockerLogin("ghcr.io"), undefined);
  });

  it("come from the file itself, with every colon of a password", async () => {
    await config({ auths: { "ghcr.io": auth("octocat:ghp:1:2") } });
    assert.deepEqual(await dockerLogin("ghcr.io"), { username: "octocat", password: "ghp:1:2" });
  });

  it("of docker.io stand under the name that Docker gives it", async () => {
    await config({ auths: { "https://index.docker.io/v1/": auth("moby:whale") } });
    assert.deepEqual(await dockerLogin("docker.io"), { username: "moby", password: "whale" });
  });

  it("come from the helper of the host, else from the helper of all hosts, else from the file", async () => {
    await helper("own", { "ghcr.io": { ServerURL: "ghcr.io", Username: "own", Secret: "1" } });
    await helper("all", { "quay.io": { ServerURL: "quay.io", Username: "all", Secret: "2" } });
    await config({
      credHelpers: { "ghcr.io": "own" },
      credsStore: "all",
      auths: { "ghcr.io": auth("file:3"), "other.io": auth("file:3") },
    });
    assert.deepEqual(await dockerLogin("ghcr.io"), { username: "own", password: "1" });
    assert.deepEqual(await dockerLogin("quay.io"), { username: "all", password: "2" });
    assert.deepEqual(await dockerLogin("other.io"), { username: "file", password: "3" });
  });

  it("are not taken from a helper that is not there, fails, prints something else or is no name", async () => {
    await helper("odd", { "a.io": "hello", "b.io": { Username: "", Secret: "" } });
    for (const credsStore of ["absent", "odd", "../odd", "odd; true"]) {
      await config({ credsStore });
      for (const host of ["a.io", "b.io", "c.io"]) {
        assert.equal(await dockerLogin(host), undefined, `${credsStore} ${host}`);
      }
    }
  });

  it("are no identity tokens, which are no passwords", async () => {
    await helper("token", { "a.io": { ServerURL: "a.io", Username: "<token>", Secret: "ey" } });
    await config({
      credHelpers: { "a.io": "token" },
      auths: { "b.io": { ...auth("user:old"), identitytoken: "ey" }, "c.io": auth("user:") },
    });
    for (const host of ["a.io", "b.io", "c.io"]) {
      assert.equal(await dockerLogin(host), undefined, host);
    }
  });

  it("are not guessed at in a broken file, whose passwords no error quotes", async () => {
    for (const broken of [
      '{"auths": {"ghcr.io": {"auth": "c2VjcmV0"',
      '{"auths": {"ghcr.io": "c2VjcmV0"}}',
      '{"auths": "c2VjcmV0"}',
    ]) {
      await config(broken);
      await assert.rejects(
        dockerLogin("ghcr.io"),
        (error) =>
          error instanceof UserError &&
          error.message.includes(join(folder, "config.json")) &&
          error.message.includes("docker login") &&
          !error.message.includes("c2VjcmV0"),
      );
    }
  });

  it("stand in the home folder's file where DOCKER_CONFIG is empty", async () => {
    const home = process.env["HOME"];
    process.env["DOCKER_CONFIG"] = "";
    process.env["HOME"] = folder;
    try {
      await mkdir(join(folder, ".docker"));
      await writeFile(
        join(folder, ".docker/config.json"),
        JSON.stringify({ auths: { "ghcr.io": auth("home:1") } }),
      );
      assert.deepEqual(await dockerLogin("ghcr.io"), { username: "home", password: "1" });
    } finally {
      process.env["HOME"] = home;
    }
  });
});
