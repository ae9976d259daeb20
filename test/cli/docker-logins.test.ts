/* What `docker login` left, in folders and with credential helpers of the test's own. */
import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { dockerLogin } from "../../cli/docker-logins.ts";
import { UserError } from "../../rules/problems.ts";

/** Takes the warnings that a test does not look at. */
const silent = (): undefined => undefined;

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
    await writeFile(
      file,
      [...lines, "  *) echo credentials not found in native keychain; exit 1;;", "esac", ""].join(
        "\n",
      ),
    );
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
        assert.equal(await dockerLogin(host, silent), undefined, `${credsStore} ${host}`);
      }
    }
  });

  it("that no helper could tell are told as a warning with the reason, without what the helper printed", async () => {
    const warnings = async (credsStore: string, host = "a.io"): Promise<readonly string[]> => {
      const lines: string[] = [];
      await config({ credsStore });
      assert.equal(await dockerLogin(host, (line) => lines.push(line)), undefined);
      return lines;
    };
    const leak = "hunter2";
    await helper("odd", { "a.io": leak, "b.io": { Username: "<token>", Secret: leak } });
    const script = join(folder, "bin/docker-credential-bad");
    await writeFile(script, `#!/bin/sh\necho ${leak}; echo ${leak} >&2; exit 3\n`, { mode: 0o755 });
    const none = join(folder, "bin/docker-credential-none");
    await writeFile(none, "#!/bin/sh\necho credentials not found in native keychain; exit 1\n", {
      mode: 0o755,
    });
    const cases: [helper: string, host: string, reason: RegExp][] = [
      ["absent", "a.io", /^no login for a\.io .*"absent": .*cannot be run \(ENOENT\); install it/],
      ["bad", "a.io", /docker-credential-bad failed with exit code 3; .*echo a\.io \|/],
      ["odd", "a.io", /docker-credential-odd printed no login/],
      ["odd", "b.io", /it is an identity token/],
      ["../odd", "a.io", /"\.\.\/odd": that is no name of a helper/],
    ];
    for (const [name, host, reason] of cases) {
      const [line = "", ...others] = await warnings(name, host);
      assert.match(line, reason);
      assert.deepEqual(others, []);
      assert.ok(!line.includes(leak), line);
    }
    assert.deepEqual(await warnings("none"), [], "a helper that has none is no trouble");
  });

  it("are none where the file says null, as Docker reads it", async () => {
    await config({ auths: null, credHelpers: null, credsStore: null });
    assert.equal(await dockerLogin("ghcr.io"), undefined);
  });

  it("are refused with the path where the file cannot be read", async () => {
    await mkdir(join(folder, "config.json"));
    await assert.rejects(dockerLogin("ghcr.io"), {
      name: "UserError",
      message: /config\.json: Docker's configuration cannot be read \(EISDIR\)/,
    });
  });

  it("are no identity tokens, which are no passwords", async () => {
    await helper("token", { "a.io": { ServerURL: "a.io", Username: "<token>", Secret: "ey" } });
    await config({
      credHelpers: { "a.io": "token" },
      auths: { "b.io": { ...auth("user:old"), identitytoken: "ey" }, "c.io": auth("user:") },
    });
    for (const host of ["a.io", "b.io", "c.io"]) {
      assert.equal(await dockerLogin(host, silent), undefined, host);
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
