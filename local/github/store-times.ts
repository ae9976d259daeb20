import { z } from "zod";

/** Creation and last change, in GitHub's form `2026-11-21T03:45:00Z`. */
export const timestamps = { createdAt: z.iso.datetime(), updatedAt: z.iso.datetime() };

/** The current time, to the second as GitHub gives it. */
export function timestamp(): string {
  return format(Date.now());
}

/**
 * The current time, at least a second after `previous`: clients see a changed secret by its `updated_at` alone, so
 * two changes within one second must not look like one.
 */
export function timestampAfter(previous: string): string {
  return format(Math.max(Date.now(), Date.parse(previous) + 1000));
}

function format(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, "Z");
}
