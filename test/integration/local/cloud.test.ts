import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { startCloud, stopCloud } from "../../../local/cloud.ts";
import { runningDaemon } from "../../../local/daemon.ts";
import { goTool } from "../../../local/go-tools.ts";
import { containerProcesses, markedProcesses } from "../../../local/processes.ts";
import { removeCloud } from "../../../local/remove.ts";
import { cloudStatus } from "../../../local/status.ts";
import { parseLayoutContext } from "../../../rules/layout-context.ts";
import type { LocalCloud } from "../../../rules/local-cloud.ts";
import { cloudFolder, testIdentity } from "../../support/cloud.ts";

const cloudModule = join(import.meta.dirname, "../../../local/cloud.ts");

/** A process that starts the cloud in a folder and reports each line of progress on its standard output. */
function starter(folder: string) {
  const options = JSON.stringify({ folder, ...testIdentity });
  const script = `
    const { startCloud } = await import(${JSON.stringify(cloudModule)});
    await startCloud({ ...${options}, onProgress: console.log });`;
  return spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

describe("a test's own local cloud", function () {
  it("is gone soon after the test's process was killed", async function () {
    this.timeout(15 * 60_000);
    const support = join(import.meta.dirname, "../../support/cloud.ts");
    const script = `
      const { testCloud } = await import(${JSON.stringify(support)});
      console.log((await testCloud()).folder);`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [output] = (await once(child.stdout, "data")) as [Buffer];
    const folder = output.toString().trim();
    assert.ok((await markedProcesses(folder)).length > 0);
    child.kill("SIGKILL");
    const deadline = Date.now() + 30_000;
    while (existsSync(folder) || (await markedProcesses(folder)).length > 0) {
      assert.ok(Date.now() < deadline, `${folder} is still there`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
});

describe("the local cloud", function () {
  this.timeout(60_000);
  let folder: string;
  let cloud: LocalCloud;
  const start = async (onProgress?: (line: string) => void) =>
    startCloud({ folder, ...testIdentity, onProgress });

  const pids = async () =>
    new Map((await cloudStatus(folder)).map((service) => [service.name, service.pid]));

  before(async function () {
    this.timeout(15 * 60_000);
    folder = await cloudFolder();
    cloud = await start();
  });
  after(async () => removeCloud(folder));

  it("answers on every service once it is started", async () => {
    const services = await cloudStatus(folder);
    assert.deepEqual(
      services.map(({ name, state }) => `${name} ${state}`),
      [
        "moto running",
        "ecr running",
        "registry-ecr running",
        "registry-ghcr.io running",
        "registry-docker.io running",
        "github running",
        "buildkit running",
      ],
    );
  });

  it("writes what it returns to cloud.json, for this user's eyes only", async () => {
    const file = join(folder, "cloud.json");
    assert.deepEqual(JSON.parse(await readFile(file, "utf8")), cloud);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal((await stat(join(folder, "instance.json"))).mode & 0o777, 0o600);
  });

  it("asks each registry's own password, and takes deletes", async () => {
    for (const [name, registry] of Object.entries(cloud.registries)) {
      const url = `http://${registry.host}/v2/`;
      assert.equal((await fetch(url)).status, 401, name);
      const others = Object.values(cloud.registries).filter((other) => other !== registry);
      const login = (password: string) => ({
        authorization: `Basic ${Buffer.from(`${registry.username}:${password}`).toString("base64")}`,
      });
      for (const { password } of others) {
        assert.equal((await fetch(url, { headers: login(password) })).status, 401, name);
      }
      // What is not there cannot be deleted; where deletes are off, the answer is 405 for everything.
      const deleted = await fetch(`${url}a/manifests/sha256:${"0".repeat(64)}`, {
        method: "DELETE",
        headers: login(registry.password),
      });
      assert.equal(deleted.status, 404, name);
    }
  });

  it("gives the account it was asked for to every access key", async () => {
    const answer = await fetch(cloud.aws.endpoint, {
      method: "POST",
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        authorization:
          "AWS4-HMAC-SHA256 Credential=AKIATEST/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0",
      },
      body: "Action=GetCallerIdentity&Version=2011-06-15",
    });
    assert.match(await answer.text(), /<Account>308535385114<\/Account>/);
  });

  it("listens on the loopback address alone", async () => {
    const lines = (await readFile("/proc/net/tcp", "utf8")).split("\n").slice(1);
    const ports = [cloud.aws.endpoint, cloud.github.endpoint]
      .map((url) => Number(new URL(url).port))
      .concat(Object.values(cloud.registries).map(({ host }) => Number(host.split(":")[1])));
    for (const port of ports) {
      const hex = port.toString(16).toUpperCase().padStart(4, "0");
      const listening = lines
        .map((line) => line.trim().split(/\s+/))
        .filter((fields) => fields[3] === "0A" && fields[1]?.endsWith(`:${hex}`));
      assert.deepEqual(
        listening.map((fields) => fields[1]),
        [`0100007F:${hex}`],
        `port ${port}`,
      );
    }
  });

  it("starts nothing twice, in a fraction of a second", async () => {
    const before = await pids();
    const started = performance.now();
    assert.deepEqual(await start(), cloud);
    const milliseconds = performance.now() - started;
    assert.deepEqual(await pids(), before);
    assert.ok(milliseconds < 1_500, `a warm start took ${Math.round(milliseconds)} ms`);
  });

  it("starts what was killed anew, on the same port, and nothing else", async () => {
    const before = await pids();
    process.kill(before.get("registry-ecr")!, "SIGKILL");
    process.kill(before.get("buildkit")!, "SIGKILL");
    const lines: string[] = [];
    assert.deepEqual(await start((line) => lines.push(line.replace(/ in .*/, ""))), cloud);
    assert.deepEqual(lines.sort(), ["started buildkit", "started registry-ecr"]);
    const after = await pids();
    assert.equal(after.get("moto"), before.get("moto"));
    assert.notEqual(after.get("buildkit"), before.get("buildkit"));
  });

  it("replaces a service that hangs", async () => {
    const before = await pids();
    const pid = before.get("registry-ghcr.io")!;
    process.kill(pid, "SIGSTOP");
    // The signal is sent, and stops the process a moment later.
    while (!/^State:\tT/m.test(await readFile(`/proc/${pid}/status`, "utf8"))) await delay(10);
    const status = await cloudStatus(folder);
    assert.equal(status.find(({ name }) => name === "registry-ghcr.io")?.state, "unhealthy");
    await start();
    assert.notEqual((await pids()).get("registry-ghcr.io"), before.get("registry-ghcr.io"));
  });

  it("finds a service whose pid file was lost, and puts one in its place", async () => {
    const lost = (await runningDaemon(folder, "moto"))!;
    await writeFile(join(folder, "run", "moto.json"), "");
    await start();
    assert.equal((await cloudStatus(folder))[0]?.state, "running");
    const moto = (await markedProcesses(folder, "moto")).map(({ pid }) => pid);
    assert.equal(moto.length, 1);
    assert.notEqual(moto[0], lost.pid);
  });

  it("does not take another process for a service when the pid file names it", async () => {
    const file = join(folder, "run", "moto.json");
    const pidFile = JSON.parse(await readFile(file, "utf8")) as { pid: number };
    await stopCloud(folder);
    await writeFile(file, JSON.stringify({ ...pidFile, pid: process.pid }));
    assert.equal(await runningDaemon(folder, "moto"), undefined);
    await stopCloud(folder); // Were it taken for moto, this would end the tests.
    await start();
  });

  it("stops everything it started, and keeps ports, credentials and data", async () => {
    assert.equal(await stopCloud(folder), true);
    assert.deepEqual(await markedProcesses(folder), []);
    assert.deepEqual(
      [...new Set((await cloudStatus(folder)).map(({ state }) => state))],
      ["stopped"],
    );
    assert.equal(await stopCloud(folder), false);
    assert.deepEqual(await start(), cloud);
  });

  it("names the process that took a port, and starts the rest", async () => {
    await stopCloud(folder);
    const port = Number(new URL(cloud.aws.endpoint).port);
    const thief = createServer().listen(port, "127.0.0.1");
    await once(thief, "listening");
    try {
      await assert.rejects(start(), (error: Error) => {
        assert.equal(error.name, "UserError");
        assert.ok(
          error.message.startsWith(`port ${port} of moto is taken by process ${process.pid} (`),
        );
        assert.match(error.message, /end that process and try again/);
        return true;
      });
      const states = (await cloudStatus(folder)).map(({ state }) => state);
      assert.deepEqual(states, ["stopped", ...Array<string>(6).fill("running")]);
    } finally {
      thief.close();
    }
    await start();
  });

  it("starts everything once when two processes start it at once", async () => {
    await stopCloud(folder);
    const both = [starter(folder), starter(folder)];
    const ends = await Promise.all(both.map(async (child) => once(child, "exit")));
    assert.deepEqual(
      ends.map(([code]) => code as number),
      [0, 0],
    );
    assert.equal((await markedProcesses(folder)).length, 7);
    assert.deepEqual(await start(), cloud);
  });

  it("ends the build steps that a killed BuildKit left running", async function () {
    if (process.getuid?.() !== 0) this.skip(); // Without root, BuildKit is Docker's.
    const base = parseLayoutContext(cloud.standIns.base)!;
    const context = await mkdtemp(join(folder, "context-"));
    await writeFile(join(context, "Dockerfile"), "FROM base\nRUN sleep 1000\n");
    const build = execa(
      await goTool("buildctl"),
      [
        ...["--addr", cloud.buildkit.address, "build", "--frontend", "dockerfile.v0"],
        ...["--local", `dockerfile=${context}`, "--local", `context=${context}`],
        ...["--oci-layout", `base=${base.folder}`],
        ...["--opt", `context:base=oci-layout:base@${base.digest}`],
      ],
      { reject: false },
    );
    const containers = async () => containerProcesses(join(folder, "buildkit"));
    while ((await containers()).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    process.kill((await pids()).get("buildkit")!, "SIGKILL");
    await build;
    assert.equal((await containers()).length, 1);
    await start();
    assert.deepEqual(await containers(), []);
  });

  it("goes on where a start was killed", async () => {
    await stopCloud(folder);
    const child = starter(folder);
    await once(child.stdout, "data"); // The first service runs, others are under way.
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.deepEqual(await start(), cloud);
    assert.equal((await markedProcesses(folder)).length, 7);
  });

  it("leaves nothing when it is removed", async () => {
    await removeCloud(folder);
    assert.equal(existsSync(folder), false);
    assert.deepEqual(await markedProcesses(folder), []);
    assert.deepEqual(await cloudStatus(folder), []);
  });
});
