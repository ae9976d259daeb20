/*
 * A local cloud for tests: an instance of its own beside a user's running one, with the tools shared. One instance
 * serves all tests of a process; it is started by the first that needs it and removed when the process ends, however
 * it ends.
 *
 *   const cloud = withCloud();
 *   it("...", () => fetch(cloud().aws.endpoint));
 */
import { spawn } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { Socket } from "node:net";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { startCloud } from "../../local/cloud.ts";
import type { LocalCloud } from "../../rules/local-cloud.ts";

/** Whose repository and account the test cloud holds: those of stack `local`. */
export const testIdentity = {
  owner: "pytorch",
  repository: "pytorch",
  awsAccountId: "308535385114",
} as const;

/** Starts the process's test cloud before the tests of the current suite; the function gives it to a test. */
export function withCloud(): () => LocalCloud {
  let cloud: LocalCloud | undefined;
  before("start the local cloud", async function () {
    this.timeout(15 * 60_000); // On a fresh machine the tools are built here.
    cloud = await testCloud();
  });
  return () => {
    if (cloud === undefined) throw new Error("the local cloud is there only while tests run");
    return cloud;
  };
}

let started: Promise<LocalCloud> | undefined;

/** The test cloud of this process, started at the first call. */
export function testCloud(): Promise<LocalCloud> {
  started ??= cloudFolder().then((folder) => startCloud({ folder, ...testIdentity }));
  return started;
}

/**
 * A new folder for an instance. It is below /tmp, because a unix socket's path must be short. When this process ends,
 * even by SIGKILL, what runs in the folder is stopped and the folder is removed.
 */
export async function cloudFolder(): Promise<string> {
  const folder = await mkdtemp("/tmp/slipway-test-");
  const stdin = watchdog();
  await new Promise<void>((resolve, reject) => {
    stdin.write(`${folder}\n`, (error) => (error ? reject(error) : resolve()));
  });
  return folder;
}

let guard: Writable | undefined;

/** A process that removes the folders it was told of as soon as its standard input ends, which no process can prevent. */
function watchdog(): Writable {
  if (guard !== undefined) return guard;
  const script = join(import.meta.dirname, "cloud-watchdog.ts");
  const child = spawn(process.execPath, [script], {
    detached: true, // An interrupt from the terminal is for the tests alone.
    stdio: ["pipe", "ignore", "inherit"],
  });
  child.unref();
  // A pipe to a child is a socket, which keeps its process alive unless it is told not to.
  if (child.stdin instanceof Socket) child.stdin.unref();
  // At an ordinary end, wait for the clean-up. At any other, the pipe breaks and it happens all the same.
  process.once("beforeExit", () => {
    child.ref();
    child.stdin.end();
  });
  guard = child.stdin;
  return guard;
}
