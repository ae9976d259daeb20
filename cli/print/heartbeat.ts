import type { EngineEvent } from "../../engine/events.ts";

const EVERY_MILLISECONDS = 5_000;

/** Says every few seconds what is still under way and at which step, so that a long build is not silent. */
export class Heartbeat {
  readonly #running = new Map<string, { readonly since: number; step: string }>();
  readonly #timer: NodeJS.Timeout;

  constructor(say: (line: string) => void) {
    this.#timer = setInterval(() => {
      for (const [name, { since, step }] of this.#running) {
        const seconds = (performance.now() - since) / 1000;
        if (seconds * 1000 >= EVERY_MILLISECONDS) {
          say(`    ${name}: ${seconds.toFixed(0)} s ${step}`.trimEnd());
        }
      }
    }, EVERY_MILLISECONDS);
    this.#timer.unref();
  }

  /** Notes that something starts. */
  start(name: string): void {
    this.#running.set(name, { since: performance.now(), step: "" });
  }

  /** Notes that it ended, well or not. */
  end(name: string): void {
    this.#running.delete(name);
  }

  /** Notes what of a running operation starts and ends. */
  event(event: EngineEvent): void {
    if (event.kind === "failure" && event.failure.name !== undefined) this.end(event.failure.name);
    if (event.kind !== "resource") return;
    if (event.phase === "start") {
      this.start(event.name);
    } else this.end(event.name);
  }

  /** Notes a line of a build's progress: `NAME: step`. */
  buildLine(line: string): void {
    const colon = line.indexOf(": ");
    const running = this.#running.get(line.slice(0, colon));
    if (running !== undefined) running.step = line.slice(colon + 2);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
