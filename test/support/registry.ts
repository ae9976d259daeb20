/*
 * A real registry for a test: the same program and version as the local cloud's, on a free port of this machine, with a
 * password and deletes switched on. What it stores lies in its memory, its configuration in a folder of its own.
 *
 *   let registry: TestRegistry;
 *   before(async () => (registry = await startRegistry()));
 *   after(() => registry.stop());
 */
import { rmSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { execa } from "execa";
import { onExit } from "signal-exit";
import { stringify } from "yaml";
import { goTool } from "../../local/go-tools.ts";
import { htpasswdLine } from "../../local/htpasswd.ts";
import type { CredentialsByHost } from "../../oci/registries.ts";

export interface TestRegistry {
  /** `localhost:PORT`, as in image references. */
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** The login as the registry client wants it. */
  readonly credentials: CredentialsByHost;
  /** Ends the process and removes its folder; may be called twice. */
  stop(): Promise<void>;
}

const username = "slipway";
const password = "correct horse battery";

/** Starts a registry and waits until it listens. It ends with the test's process at the latest. */
export async function startRegistry(): Promise<TestRegistry> {
  const program = await goTool("registry");
  const folder = await mkdtemp(join(tmpdir(), "slipway-registry-"));
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true });
  const forgetFolder = onExit(removeFolder);
  await writeFile(join(folder, "htpasswd"), await htpasswdLine(username, password));
  await writeFile(join(folder, "config.yaml"), stringify(configuration(folder)));

  const child = execa(program, ["serve", join(folder, "config.yaml")], {
    stdin: "ignore",
    stdout: "ignore",
    buffer: false,
    reject: false,
    forceKillAfterDelay: 2000,
  });
  const stop = async (): Promise<void> => {
    child.kill();
    await child;
    removeFolder();
    forgetFolder();
  };
  const port = await listening(child.stderr);
  if (port === undefined) {
    await stop();
    throw new Error(`${program} ended before it listened`);
  }
  const host = `localhost:${port}`;
  const credentials = { [host]: { username, password } };
  return { host, port, username, password, credentials, stop };
}

function configuration(folder: string): object {
  return {
    version: 0.1,
    log: { level: "info", formatter: "json", accesslog: { disabled: true } },
    storage: { inmemory: {}, delete: { enabled: true } },
    auth: { htpasswd: { realm: "test", path: join(folder, "htpasswd") } },
    http: { addr: "127.0.0.1:0", secret: "only for this test" },
  };
}

/** The port in the line in which the registry says where it listens; undefined when it ends first. */
async function listening(log: Readable): Promise<number | undefined> {
  let text = "";
  return new Promise((resolve) => {
    log.on("data", (chunk: Buffer) => {
      text = `${text}${chunk.toString()}`.slice(-10_000);
      const port = /listening on 127\.0\.0\.1:(\d+)/.exec(text)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    log.on("end", () => resolve(undefined));
  });
}
