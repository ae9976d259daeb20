import { onDisk } from "./disk-faults.ts";
import { lockFile, type HeldLock } from "./kernel-lock.ts";

/**
 * The lock of a whole store: writers hold it together, a collection alone. Work within such work needs it no second time.
 */
export class StoreLock {
  readonly #path: string;
  readonly #onWait: (line: string) => void;
  #users = 0;
  #held: Promise<HeldLock> | undefined;

  constructor(path: string, onWait: (line: string) => void) {
    this.#path = path;
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
    this.#held ??= onDisk(this.#path, () =>
      lockFile(this.#path, {
        shared,
        onWait: (holder) => this.#onWait(`waiting for ${holder} to leave the store`),
      }),
    );
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
}
