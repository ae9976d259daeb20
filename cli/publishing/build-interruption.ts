import { constants } from "node:os";

/** Ends what is under way at the first interrupt, and the process at the second. */
export interface BuildInterruption {
  readonly signal: AbortSignal;
  /** 128 and the signal's number once there was one. */
  readonly exitCode: () => number | undefined;
  /** Gives signals back what they did before. */
  readonly dispose: () => void;
}

/** Listens to Ctrl-C and SIGTERM. */
export function listenForInterruption(): BuildInterruption {
  const controller = new AbortController();
  const signals = ["SIGINT", "SIGTERM"] as const;
  let exitCode: number | undefined;
  const handle = (signal: (typeof signals)[number]): void => {
    if (exitCode !== undefined) process.exit(exitCode);
    exitCode = 128 + constants.signals[signal];
    console.error(
      "\ninterrupted: builds are ended, and names under way are finished; once more ends it at once",
    );
    controller.abort();
  };
  for (const signal of signals) process.on(signal, handle);
  return {
    signal: controller.signal,
    exitCode: () => exitCode,
    dispose: () => {
      for (const signal of signals) process.off(signal, handle);
    },
  };
}
