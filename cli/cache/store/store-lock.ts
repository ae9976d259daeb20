import { lockFile, type HeldLock } from "./kernel-lock.ts";
import type { StorePaths } from "./paths.ts";

/**
 * The lock of a whole store: writers hold it together, a collection alone. Work within such work needs it no second time.
 * The kernel has no queue for locks: writers that follow each other would keep a collection out for ever. So everybody comes by
 * a gate, which a collection closes while it waits for the writers that are inside.
 */
export class StoreLock {
  readonly #paths: Pick<StorePaths, "storeLock" | "gateLock">;
  readonly #onWait: (line: string) => void;
  #users = 0;
  #held: Promise<HeldLock> | undefined;

  constructor(paths: Pick<StorePaths, "storeLock" | "gateLock">, onWait: (line: string) => void) {
    this.#paths = paths;
    this.#onWait = onWait;
  }

  async shared<T>(work: () => Promise<T>): Promise<T> {
    return this.#hold(true, work);
  }

  /** @throws Error inside of {@link shared} work, which it would wait for */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#users > 0) throw new Error("a collection while this process writes");
    return this.#hold(false, work);
  }

  async #hold<T>(shared: boolean, work: () => Promise<T>): Promise<T> {
    this.#held ??= this.#enter(shared);
    const held = this.#held;
    this.#users += 1;
    try {
      await held;
      return await work();
    } finally {
      this.#users -= 1;
      if (this.#users === 0) {
        this.#held = undefined;
        // What kept it from being taken was thrown already.
        await held.then((lock) => lock.release()).catch(() => undefined);
      }
    }
  }

  async #enter(shared: boolean): Promise<HeldLock> {
    const gate = await this.#lock(this.#paths.gateLock(), shared);
    try {
      // Writers are a moment in the gate, so that a collection finds it free.
      if (shared) await gate.release();
      return await this.#lock(this.#paths.storeLock(), shared);
    } finally {
      if (!shared) await gate.release();
    }
  }

  #lock(path: string, shared: boolean): Promise<HeldLock> {
    const onWait = (holder: string) => this.#onWait(`waiting for ${holder} to leave the store`);
    return lockFile(path, { shared, onWait });
  }
}
