import { readFile, readdir, readlink } from "node:fs/promises";
import { randomInt } from "node:crypto";
import { createServer, type Server } from "node:net";

const loopback = "127.0.0.1";

/**
 * Below the range from which systems take the ports of outgoing connections (32768 on Linux, 49152 elsewhere), so that
 * no passing connection can sit on a port of a stopped instance.
 */
const lowest = 20_000;
const highest = 32_000;

/** Different TCP ports that are free on the loopback address right now. */
export async function chooseFreePorts(count: number): Promise<number[]> {
  const held = new Map<number, Server>();
  try {
    for (let tries = 0; held.size < count; tries++) {
      if (tries > 500) {
        throw new Error(`no free port between ${lowest} and ${highest} in 500 tries`);
      }
      const port = randomInt(lowest, highest);
      if (held.has(port)) continue;
      const server = await listen(port);
      if (server !== undefined) held.set(port, server);
    }
    return [...held.keys()];
  } finally {
    await Promise.all([...held.values()].map(close));
  }
}

export async function isPortFree(port: number): Promise<boolean> {
  const server = await listen(port);
  if (server !== undefined) await close(server);
  return server !== undefined;
}

async function listen(port: number): Promise<Server | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(undefined));
    server.listen(port, loopback, () => resolve(server));
  });
}

async function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

export interface PortHolder {
  readonly pid: number;
  readonly command: string;
}

/**
 * Who listens on a TCP port, as far as /proc tells this user.
 * @see https://docs.kernel.org/networking/proc_net_tcp.html
 */
export async function portHolder(port: number): Promise<PortHolder | undefined> {
  const inodes = new Set<string>();
  for (const file of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    const lines = (await readFile(file, "utf8").catch(() => "")).split("\n").slice(1);
    for (const line of lines) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      const isListening = state === "0A";
      if (isListening && Number.parseInt(local?.split(":")[1] ?? "", 16) === port && inode) {
        inodes.add(`socket:[${inode}]`);
      }
    }
  }
  if (inodes.size === 0) return undefined;
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const descriptors = await readdir(`/proc/${entry}/fd`).catch(() => []);
    for (const descriptor of descriptors) {
      const target = await readlink(`/proc/${entry}/fd/${descriptor}`).catch(() => "");
      if (inodes.has(target)) return { pid: Number(entry), command: await commandOf(entry) };
    }
  }
  return undefined;
}

async function commandOf(pid: string): Promise<string> {
  const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  const words = line.split("\0").join(" ").trim();
  return words.length > 100 ? `${words.slice(0, 97)}...` : words;
}
