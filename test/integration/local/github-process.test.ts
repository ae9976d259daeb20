import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";

const MAIN = join(import.meta.dirname, "../../../local/github/main.ts");

function spawnMain(args: string[], token: string) {
  const env = { GITHUB_EMULATOR_TOKEN: token };
  return execa(process.execPath, [MAIN, ...args], { env, reject: false });
}

describe("the GitHub emulator as a process", () => {
  const folder = mkdtempSync(join(tmpdir(), "github-emulator-"));
  const started = new Set<ReturnType<typeof spawnMain>>();
  afterEach(async () => {
    for (const child of started) child.kill("SIGKILL");
    await Promise.all(started);
    started.clear();
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const run = (args: string[], token = "t") => {
    const child = spawnMain(args, token);
    started.add(child);
    return child;
  };
  const common = ["--folder", folder, "--owner", "pytorch", "--repository", "pytorch"];
  const start = async () => {
    const child = run(["--port", "0", ...common]);
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const url = /^GitHub emulator on (?<url>http:\/\/127\.0\.0\.1:\d+)$/m.exec(
      String(line),
    )?.groups;
    assert.ok(url?.["url"], String(line));
    return { child, url: url["url"] };
  };
  const variables = "/repos/pytorch/pytorch/actions/variables";
  const headers = { authorization: "Bearer t" };

  it("ends with code 0 on SIGTERM, though a client keeps its connection", async () => {
    const { child, url } = await start();
    const response = await fetch(`${url}/user`, { headers });
    await response.text();
    child.kill("SIGTERM");
    const { exitCode, signal, stderr } = await child;
    assert.deepEqual({ exitCode, signal, stderr }, { exitCode: 0, signal: undefined, stderr: "" });
  });

  it("has everything that it acknowledged after a kill in the middle of writes", async () => {
    const first = await start();
    const acknowledged: string[] = [];
    const write = async (name: string) => {
      const body = JSON.stringify({ name, value: "1" });
      const response = await fetch(`${first.url}${variables}`, { method: "POST", headers, body });
      assert.equal(response.status, 201);
      acknowledged.push(name);
      if (acknowledged.length === 10) first.child.kill("SIGKILL");
    };
    await Promise.allSettled(Array.from({ length: 40 }, (_, n) => write(`V${n}`)));
    await first.child;
    assert.ok(acknowledged.length >= 10);

    const second = await start();
    for (const name of acknowledged) {
      const response = await fetch(`${second.url}${variables}/${name}`, { headers });
      assert.equal(response.status, 200, name);
    }
  });

  it("says which port is taken", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    try {
      await once(server, "listening");
      const { port } = server.address() as AddressInfo;
      const { exitCode, stderr } = await run(["--port", String(port), ...common]);
      assert.equal(exitCode, 1);
      assert.equal(stderr, `port ${port} of 127.0.0.1 is taken by another process; choose another`);
    } finally {
      server.close();
    }
  });

  it("wants its token in the environment", async () => {
    const { exitCode, stderr } = await run(["--port", "0", ...common], "");
    assert.equal(exitCode, 1);
    assert.equal(
      stderr,
      "GITHUB_EMULATOR_TOKEN: missing; set it to the token that the emulator is to accept",
    );
  });

  it("ends with code 2 and the usage on a wrong command line", async () => {
    const lines = [
      ["--port", "0"],
      [...common, "--port", "x"],
      ["--token", "t"],
    ];
    const results = await Promise.all(lines.map((args) => run(args)));
    for (const { exitCode, stderr } of results) {
      assert.equal(exitCode, 2);
      assert.match(stderr, /Usage: |not a port/);
      assert.doesNotMatch(stderr, /\n +at /);
    }
  });
});
