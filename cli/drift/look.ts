import { isForUsers } from "../user-fault.ts";
import {
  driftCheck,
  type DriftCheck,
  type DriftCheckName,
  type DriftLook,
} from "../../rules/drift-report.ts";

/** One thing to look at. */
export interface DriftQuestion {
  readonly check: DriftCheckName;
  /** @throws UserError when it could not be asked */
  readonly ask: () => Promise<DriftLook>;
}

/**
 * Asks one question after the other: they share registries and the program. One that cannot be answered stops no other.
 * @param onFault is told of what Slipway itself is to blame for, whose words are in no report
 */
export async function askAll(
  questions: readonly DriftQuestion[],
  {
    onStart,
    onEnd,
    onFault,
  }: {
    readonly onStart: (check: DriftCheckName) => void;
    readonly onEnd: (check: DriftCheck, seconds: number) => void;
    readonly onFault: (error: unknown) => void;
  },
): Promise<readonly DriftCheck[]> {
  const checks: DriftCheck[] = [];
  for (const { check, ask } of questions) {
    onStart(check);
    const started = performance.now();
    const found = driftCheck(check, await answered(ask, onFault));
    onEnd(found, (performance.now() - started) / 1000);
    checks.push(found);
  }
  return checks;
}

async function answered(
  ask: DriftQuestion["ask"],
  onFault: (error: unknown) => void,
): Promise<DriftLook> {
  try {
    return await ask();
  } catch (error) {
    if (isForUsers(error) && error instanceof Error) return { unasked: [error.message] };
    onFault(error);
    const kind = error instanceof Error ? error.name : typeof error;
    return {
      unasked: [`a fault of Slipway itself (${kind}); the log of the run has its whole text`],
    };
  }
}
