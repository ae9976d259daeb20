import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

type Collect = (options?: { readonly type: string; readonly flavor?: string }) => void;

/** Bytes below which little is left behind. */
const WORTH_IT = 32 * 1024 * 1024;
/** Bytes that come between two sweeps. */
const STEP = 8 * 1024 * 1024;
/** Bytes of buffers that may be left by a sweep of what is young. */
const MOST_LEFT = 20 * 1024 * 1024;

/** Of this process, since the first time that it was worth it: it takes some hundred milliseconds. */
let begun: Collect | undefined;

/**
 * Keeps this process small while gigabytes pass through it. Node puts every 64 KiB of a connection, and every piece that zlib
 * unpacks, into a buffer of its own and V8 lets a hundred megabytes of them be before it frees them: measured over downloads of
 * 3 GB, a process of 225 MB without this and of 130 MB with it, in the same time.
 */
export class MemorySweep {
  #collect: Collect | undefined;
  #came = 0;

  /** @param total bytes that are to come at least: what is packed may be a thousand times as large unpacked */
  constructor(total: number) {
    if (total >= WORTH_IT) this.#collect = begun ??= begin();
  }

  /** Notes that bytes came. */
  came(bytes: number): void {
    this.#came += bytes;
    if (this.#came < (this.#collect === undefined ? WORTH_IT : STEP)) return;
    this.#came = 0;
    const collect = (this.#collect ??= begun ??= begin());
    collect({ type: "minor" });
    if (process.memoryUsage().arrayBuffers > MOST_LEFT) collect();
  }
}

/**
 * Holds the part of the memory small that new objects are in: before much of the program is loaded, which leaves some twenty
 * megabytes of them otherwise. It may be set while a program runs.
 * @see https://nodejs.org/api/v8.html#v8setflagsfromstringflags
 */
export function holdMemorySmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}

/** Frees what loading the program left. */
function begin(): Collect {
  holdMemorySmall();
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as Collect;
  collect({ type: "major", flavor: "last-resort" });
  return collect;
}
