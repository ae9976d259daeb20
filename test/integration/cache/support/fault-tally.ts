import type { FaultRow } from "./fault-row.ts";

/** Counts rows, and tells of each that is lost at once. */
export class FaultTally {
  #rows = 0;
  #rounds = 0;
  lost = 0;

  /** Undefined when the row is lost. */
  async row(
    name: string,
    run: () => Promise<Omit<FaultRow, "name">>,
  ): Promise<Omit<FaultRow, "name"> | undefined> {
    if (process.stderr.isTTY) console.error(name);
    this.#rows += 1;
    try {
      const row = await run();
      this.#rounds += row.rounds;
      return row;
    } catch (error) {
      this.lost += 1;
      console.error(`LOST: ${name}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }

  text(): string {
    return `${this.#rows} rows, in which readers read everything ${this.#rounds} times. ${this.lost} lost.`;
  }
}
