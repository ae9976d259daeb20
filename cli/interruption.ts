import { constants } from "node:os";

/** Says what an interrupt means for what is under way, and ends the process; what it has recorded is whole. */
export function explainInterruption(): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      console.error(
        "\ninterrupted: what was done is recorded, and the next run goes on from there",
      );
      process.exit(128 + constants.signals[signal]);
    });
  }
}
