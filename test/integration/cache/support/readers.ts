/* Readers at work in processes of their own, from before a fault until after it. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** What a reader reads, over and over. */
export type Reading =
  | {
      /** Past Slipway, by the form of the store; or under leases. */
      readonly kind: "index" | "lease";
      readonly store: string;
      readonly channels: readonly string[];
      readonly labels: readonly string[];
    }
  | { readonly kind: "archive"; readonly files: readonly string[] };

/** What a reader saw since its last report. */
export interface Report {
  readonly mark: number;
  readonly rounds: number;
  /** `CHANNEL LABEL DIGEST` or `FILE DIGEST`, of what was whole. */
  readonly seen: readonly string[];
  readonly faults: readonly string[];
}

export class Readers {
  readonly #children: readonly ChildProcess[];
  #mark = 0;

  private constructor(children: readonly ChildProcess[]) {
    this.#children = children;
  }

  static async start(readings: readonly Reading[]): Promise<Readers> {
    const children = readings.map((reading) =>
      fork(join(import.meta.dirname, "reader.ts"), [JSON.stringify(reading)], {
        stdio: ["ignore", "inherit", "inherit", "ipc"],
      }),
    );
    const readers = new Readers(children);
    await readers.reports();
    return readers;
  }

  /** What each saw since it was asked last, once it has made a whole round that began after this call. */
  async reports(): Promise<readonly Report[]> {
    const mark = (this.#mark += 1);
    return Promise.all(
      this.#children.map(async (child) => {
        if (child.exitCode !== null) throw new Error(`a reader ended with ${child.exitCode}`);
        const over = new AbortController();
        const { signal } = over;
        const ended = once(child, "exit", { signal }).then(([code]) => {
          throw new Error(`a reader ended with ${String(code)}`);
        });
        ended.catch(() => undefined);
        const answered = once(child, "message", { signal }) as Promise<Report[]>;
        answered.catch(() => undefined);
        child.send(mark);
        const [report] = await Promise.race([answered, ended]).finally(() => over.abort());
        if (report?.mark !== mark) throw new Error("a reader answered another question");
        return report;
      }),
    );
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const ended = once(child, "exit");
        child.kill("SIGKILL");
        await ended;
      }),
    );
  }
}
