import type { RunResult } from "../../engine/events.ts";
import { noteOf } from "./changes-note.ts";

/**
 * What `--json` prints of an operation; secrets are shown as `[secret]`, what is not known yet as `[unknown]`.
 * @param more what was found beside the run
 */
export function runJson(
  result: RunResult,
  engine: "embedded",
  more: Readonly<Record<string, unknown>> = {},
): string {
  const { operation, project, stack, ok, changes, steps, skipped, failures, notes, outputs } =
    result;
  return JSON.stringify(
    {
      engine,
      operation,
      project,
      stack,
      ok,
      ...more,
      changes,
      resources: steps
        .filter(({ kind }) => kind === "resource")
        .map((step) => {
          const { urn, type, name, change, diff } = step;
          return { urn, type, name, change, diff, note: noteOf(step) };
        }),
      skipped,
      failures: failures.map(({ urn, type, name, message }) => ({ urn, type, name, message })),
      notes,
      outputs: Object.fromEntries(
        Object.entries(outputs).map(([name, { value }]) => [name, value]),
      ),
    },
    undefined,
    2,
  );
}
