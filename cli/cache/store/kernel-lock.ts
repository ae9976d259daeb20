import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { tryLock } from "fs-native-extensions";
import { printable } from "../../../rules/printable.ts";
import { isFull, onDisk } from "./disk-faults.ts";

/** Between two looks whether a lock is free, in milliseconds. */
const POLL = 100;
const HOLDER_LENGTH = 160;

/** A lock that is held until it is released or its process ends. */
export interface HeldLock {
  release(): Promise<void>;
}

export interface LockOptions {
  /** Others may hold it too. */
  readonly shared?: boolean;
  /** Called once when somebody else holds it, with who does. */
  readonly onWait: (holder: string) => void;
}

/**
 * Takes a lock on a file of its own, which is made where it lacks and stays. Its content says who took the lock last. The kernel
 * frees it when the process ends, however it ends.
 */
export async function lockFile(path: string, options: LockOptions): Promise<HeldLock> {
  return onDisk(path, async () => {
    const { O_RDWR, O_CREAT, O_NOFOLLOW } = constants;
    // Who may only read the store cannot open it, and so cannot keep writers waiting.
    const file = await open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
    try {
      await untilLocked(file, options, () => holderOf(file));
      await tellHolder(file);
    } catch (error) {
      await file.close();
      throw error;
    }
    return { release: () => file.close() };
  });
}

/** Takes a lock on an open file. */
export async function untilLocked(
  file: FileHandle,
  { shared = false, onWait }: LockOptions,
  holder: () => Promise<string>,
): Promise<void> {
  let told = false;
  while (!tryLock(file.fd, { shared })) {
    if (!told) onWait(await holder());
    told = true;
    await delay(POLL);
  }
}

async function tellHolder(file: FileHandle): Promise<void> {
  try {
    await file.truncate(0);
    await file.write(thisProcess(), 0);
  } catch (error) {
    // Who makes room holds locks too, and nobody needs its name for that.
    if (!isFull(error)) throw error;
  }
}

async function holderOf(file: FileHandle): Promise<string> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(1024), 0, 1024, 0);
  const text = buffer.toString("utf8", 0, bytesRead);
  return text === "" ? "another process" : printable(text, HOLDER_LENGTH);
}

/** Without the arguments behind the command: they say what is done, not who. */
function thisProcess(): string {
  return `process ${process.pid} (slipway ${process.argv.slice(2, 4).join(" ")})`;
}
