import { z } from "zod";
import { UserError } from "./problems.ts";

/** Milliseconds of each unit of a duration. */
const UNITS: Readonly<Record<string, number>> = { d: 86_400_000, w: 7 * 86_400_000 };
const AHEAD = /^\+([0-9]{1,6})([dw])$/;
const Moment = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);

/**
 * A date (its first moment in UTC), a moment, or a duration from now: `2027-03-01`, `2027-03-01T12:00:00Z`, `+90d`, `+12w`.
 * @param now milliseconds since 1970
 * @returns milliseconds since 1970
 * @throws UserError when the text is none of them
 */
export function parseMoment(text: string, now: number): number {
  const [, count = "", unit = ""] = AHEAD.exec(text) ?? [];
  const length = UNITS[unit];
  if (length !== undefined) return now + Number(count) * length;
  if (Moment.safeParse(text).success) return Date.parse(text);
  throw new UserError(
    `--at ${JSON.stringify(text)} is no date; write e.g. 2027-03-01, 2027-03-01T12:00:00Z, or +90d or +12w for days or weeks from now`,
  );
}
