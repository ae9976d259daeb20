import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../rules/problems.ts";
import { instancePaths } from "./instance.ts";
import type { OnProgress } from "./lock.ts";
import { isPortFree, portHolder } from "./ports.ts";
import {
  endProcesses,
  isAlive,
  markedProcesses,
  markerVariable,
  processMarker,
  processStart,
} from "./processes.ts";

/** A service that runs on its own, outliving the command that started it. */
export interface Daemon {
  /** Names its pid file and log: `moto`, `registry-ecr`. */
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  /** Added to the few variables that daemons inherit. */
  readonly env: Readonly<Record<string, string>>;
  /** Text of its configuration files: another text restarts it. */
  readonly configuration: string;
  /** TCP port on the loopback address, if it listens on one. */
  readonly port?: number;
  /** How long its first answer may take, in milliseconds. */
  readonly startMilliseconds: number;
  /** One quick question; false or an exception: it does not answer as it should. */
  readonly isHealthy: () => Promise<boolean>;
}

const PidFile = z.strictObject({
  pid: z.number().int().positive(),
  /** See processStart: guards against a later process of the same number. */
  started: z.string(),
  /** Hash of what it was started with. */
  fingerprint: z.string(),
});
export type PidFile = z.infer<typeof PidFile>;

export function pidFilePath(folder: string, name: string): string {
  return join(instancePaths.run(folder), `${name}.json`);
}

export function logPath(folder: string, name: string): string {
  return join(instancePaths.logs(folder), `${name}.log`);
}

/** What the pid file says, if the very process that it names is alive. */
export async function runningDaemon(folder: string, name: string): Promise<PidFile | undefined> {
  const text = await readFile(pidFilePath(folder, name), "utf8").catch(() => "null");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined; // Cut off by a crash of the machine: the marker finds the process, if it runs.
  }
  const parsed = PidFile.safeParse(json);
  return parsed.success && (await isAlive(parsed.data)) ? parsed.data : undefined;
}

/**
 * Makes a daemon run and answer: left alone if it does, else what is left of it is ended and it is started anew.
 * The caller holds the instance's lock.
 * @returns whether it was started by this call.
 * @throws UserError when its port is taken by another process, it ends early or does not answer in time.
 */
export async function ensureDaemon(
  folder: string,
  daemon: Daemon,
  onProgress: OnProgress | undefined,
): Promise<boolean> {
  const print = fingerprint(daemon);
  const running = await runningDaemon(folder, daemon.name);
  if (running?.fingerprint === print) {
    // It may still be coming up, where the one who started it was killed.
    if (await waitUntilHealthy(daemon, running, 3_000)) return false;
    if (await isAlive(running)) onProgress?.(`${daemon.name} does not answer: starting it anew`);
  }
  const left = await markedProcesses(folder, daemon.name);
  await endProcesses(running === undefined ? left : [running, ...left], 3_000);
  await assertPortFree(folder, daemon);
  const started = Date.now();
  const pidFile = await launch(folder, daemon, print);
  if (!(await waitUntilHealthy(daemon, pidFile, daemon.startMilliseconds))) {
    const state = (await isAlive(pidFile))
      ? `does not answer ${Math.round((Date.now() - started) / 1000)} s after its start`
      : "ended right after its start";
    const log = logPath(folder, daemon.name);
    throw new UserError(`${daemon.name} ${state}; the end of ${log}:\n${await logTail(log)}`);
  }
  onProgress?.(`started ${daemon.name} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return true;
}

function fingerprint(daemon: Daemon): string {
  const parts = [daemon.file, daemon.args, daemon.env, daemon.configuration];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

async function assertPortFree(folder: string, daemon: Daemon): Promise<void> {
  if (daemon.port === undefined) return;
  // A process that was just killed may hold its sockets for a moment longer.
  for (const deadline = Date.now() + 1_000; Date.now() < deadline;) {
    if (await isPortFree(daemon.port)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const holder = await portHolder(daemon.port);
  const by = holder === undefined ? "another process" : `process ${holder.pid} (${holder.command})`;
  throw new UserError(
    `port ${daemon.port} of ${daemon.name} is taken by ${by}. An instance keeps its ports, because they are part of ` +
      `image references: end that process and try again, or stop this instance, delete ${folder} and start anew.`,
  );
}

/** Variables of the caller that a daemon may need; none of them is a credential. */
const inherited = /^(PATH|HOME|LANG|LC_ALL|TZ|SSL_CERT_(FILE|DIR)|(HTTPS?|NO|ALL)_PROXY)$/i;

async function launch(folder: string, daemon: Daemon, print: string): Promise<PidFile> {
  await mkdir(instancePaths.run(folder), { recursive: true });
  await mkdir(instancePaths.logs(folder), { recursive: true });
  const log = logPath(folder, daemon.name);
  await rename(log, log.replace(/\.log$/, ".previous.log")).catch(() => undefined);
  const kept = Object.entries(process.env).filter(([name]) => inherited.test(name));
  const output = openSync(log, "a", 0o600);
  const child = spawn(daemon.file, daemon.args, {
    cwd: folder,
    detached: true,
    stdio: ["ignore", output, output],
    env: {
      ...Object.fromEntries(kept),
      ...daemon.env,
      [markerVariable]: processMarker(folder, daemon.name),
    },
  });
  const failure = new Promise<Error>((resolve) => child.once("error", resolve));
  closeSync(output);
  child.unref();
  if (child.pid === undefined) {
    throw new UserError(
      `${daemon.name}: ${daemon.file} cannot be started: ${(await failure).message}`,
    );
  }
  const started = (await processStart(child.pid)) ?? "ended";
  const pidFile = { pid: child.pid, started, fingerprint: print };
  writeFileSync(pidFilePath(folder, daemon.name), JSON.stringify(pidFile), { mode: 0o600 });
  return pidFile;
}

async function waitUntilHealthy(
  daemon: Daemon,
  pidFile: PidFile,
  milliseconds: number,
): Promise<boolean> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    if (await isHealthy(daemon)) return true;
    if (Date.now() > deadline || !(await isAlive(pidFile))) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function isHealthy(daemon: Pick<Daemon, "isHealthy">): Promise<boolean> {
  try {
    return await daemon.isHealthy();
  } catch {
    return false;
  }
}

/** Ends a daemon and all processes that it started, and forgets its pid file. Its data stays. */
export async function stopDaemon(folder: string, name: string): Promise<void> {
  const running = await runningDaemon(folder, name);
  // First the daemon alone, so that it can end its children in order; then what is left.
  if (running !== undefined) await endProcesses([running]);
  await endProcesses(await markedProcesses(folder, name), 2_000);
  await rm(pidFilePath(folder, name), { force: true });
}

async function logTail(log: string): Promise<string> {
  const text = await readFile(log, "utf8").catch(() => "");
  const lines = text.trimEnd().split("\n").slice(-12);
  return lines.map((line) => `  ${line}`).join("\n");
}

/** Whether a GET is answered with status 200 within 2 s. */
export async function answersOk(
  url: string,
  headers: Record<string, string> = {},
): Promise<boolean> {
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(2_000) });
  await response.body?.cancel();
  return response.status === 200;
}
