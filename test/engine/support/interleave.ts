import { AsyncLocalStorage } from "node:async_hooks";
import promises from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { lockState } from "../../../engine/state-lock.ts";

const names = ["link", "readFile", "rename", "rm", "writeFile"] as const;
type Call = (...args: unknown[]) => Promise<unknown>;

/** One that wants the lock and stops before its nth call of the file system that concerns the lock. */
class Contender {
  readonly reached = Promise.withResolvers<boolean>();
  readonly resumed = Promise.withResolvers<undefined>();
  readonly #stop: number;
  #calls = 0;

  constructor(stop: number) {
    this.#stop = stop;
  }

  async step(): Promise<void> {
    if (this.#calls++ !== this.#stop) return;
    this.reached.resolve(true);
    await this.resumed.promise;
  }
}

interface Round {
  /** Functions of those that got the lock, which give it back. */
  readonly held: (() => Promise<void>)[];
  /** False where a contender had ended before its stop. */
  readonly firstStopped: boolean;
  readonly secondStopped: boolean;
}

/**
 * Has two take the lock of a state file: the first until its stop, the second until its own, then the first to the end and
 * the second to the end.
 *
 * @param handOver Whether the first, if it got the lock, gives it to a third before the second goes on.
 */
export async function interleave(
  stateFile: string,
  firstStop: number,
  secondStop: number,
  handOver: boolean,
): Promise<Round> {
  const running = new AsyncLocalStorage<Contender>();
  const originals = Object.fromEntries(names.map((name) => [name, promises[name] as Call]));
  const stepping = Object.entries(originals).map(([name, original]): [string, Call] => [
    name,
    async (...args) => {
      if (String(args[0]).startsWith(stateFile)) await running.getStore()?.step();
      return original(...args);
    },
  ]);
  Object.assign(promises, Object.fromEntries(stepping));
  syncBuiltinESMExports();
  try {
    const [first, second] = [new Contender(firstStop), new Contender(secondStop)];
    const held: (() => Promise<void>)[] = [];
    const begin = (contender: Contender): Promise<void> =>
      running
        .run(contender, () => lockState(stateFile))
        .then(
          (unlock) => void held.push(unlock),
          (error: unknown) => {
            if (!(error instanceof Error && error.name === "UserError")) throw error;
          },
        )
        .finally(() => contender.reached.resolve(false));
    const firstEnd = begin(first);
    const firstStopped = await first.reached.promise;
    const secondEnd = begin(second);
    const secondStopped = await second.reached.promise;
    first.resumed.resolve(undefined);
    await firstEnd;
    const [unlock] = handOver ? held.splice(0) : [];
    if (unlock !== undefined) {
      await unlock();
      await begin(new Contender(Infinity));
    }
    second.resumed.resolve(undefined);
    await secondEnd;
    return { held, firstStopped, secondStopped };
  } finally {
    Object.assign(promises, originals);
    syncBuiltinESMExports();
  }
}
