import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compare } from "bcryptjs";
import { htpasswdLine } from "../../local/htpasswd.ts";
import {
  ensureInstance,
  readInstance,
  shortSocketFolder,
  socketFolder,
} from "../../local/instance.ts";
import { chooseFreePorts, isPortFree, portHolder } from "../../local/ports.ts";
import { removeCloud } from "../../local/remove.ts";

describe("an instance of the local cloud", () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "slipway-instance-"))));
  afterEach(async () => {
    await rm(shortSocketFolder(join(folder, "long".repeat(30))), { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  });

  it("keeps its ports and credentials", async () => {
    const first = await ensureInstance(folder);
    assert.deepEqual(await ensureInstance(folder), first);
    assert.deepEqual(await readInstance(folder), first);
  });

  it("has a password of its own for each registry, and other ones than another instance", async () => {
    const one = await ensureInstance(join(folder, "one"));
    const two = await ensureInstance(join(folder, "two"));
    const secrets = [one, two].flatMap((instance) => [
      ...Object.values(instance.registries).map(({ password }) => password),
      instance.githubToken,
      instance.registrySecret,
    ]);
    assert.equal(new Set(secrets).size, secrets.length);
  });

  it("is refused in one sentence when its file is damaged", async () => {
    await writeFile(join(folder, "instance.json"), "{");
    await assert.rejects(readInstance(folder), {
      name: "UserError",
      message: `${folder}/instance.json: not an instance of the local cloud, version 1 (written by another version of Slipway, or damaged); slipway local remove --yes stops its services and deletes it`,
    });
  });

  it("keeps its sockets in its own folder where their paths fit", async () => {
    assert.equal(await socketFolder(folder), join(folder, "run"));
  });

  it("keeps its sockets in a short folder for this user alone where their paths do not fit", async () => {
    const long = join(folder, "long".repeat(30));
    const sockets = await socketFolder(long);
    assert.match(sockets, /^\/tmp\/slipway-[0-9a-f]{16}$/);
    assert.equal((await stat(sockets)).mode & 0o777, 0o700);
    await chmod(sockets, 0o755);
    await socketFolder(long);
    assert.equal((await stat(sockets)).mode & 0o777, 0o700);
  });

  it("is removed with all but the tools that others share", async () => {
    await ensureInstance(folder);
    await mkdir(join(folder, "tools"));
    await removeCloud(folder);
    assert.equal(await readInstance(folder), undefined);
    assert.equal((await stat(join(folder, "tools"))).isDirectory(), true);
  });

  it("is not looked for in a folder that holds something else", async () => {
    await writeFile(join(folder, "precious"), "");
    await removeCloud(folder);
    assert.equal((await stat(join(folder, "precious"))).isFile(), true);
  });
});

describe("ports", () => {
  it("are chosen free, different and below those of outgoing connections", async () => {
    const ports = await chooseFreePorts(20);
    assert.equal(new Set(ports).size, 20);
    for (const port of ports) {
      assert.ok(port >= 20_000 && port < 32_768);
      assert.equal(await isPortFree(port), true);
    }
  });

  it("tell who holds them", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    assert.equal(await isPortFree(port), false);
    const holder = await portHolder(port);
    server.close();
    await once(server, "close");
    assert.equal(holder?.pid, process.pid);
    assert.match(holder.command, /node/);
    assert.equal(await portHolder(port), undefined);
  });
});

describe("a line of an htpasswd file", () => {
  it("holds a bcrypt hash of the password", async () => {
    const line = await htpasswdLine("AWS", "secret");
    const [, user, hash = ""] = /^([^:]+):(\$2[aby]\$.{56})\n$/.exec(line) ?? [];
    assert.equal(user, "AWS");
    assert.equal(await compare("secret", hash), true);
    assert.equal(await compare("Secret", hash), false);
  });
});
