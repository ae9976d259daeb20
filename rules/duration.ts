/** Milliseconds of each unit. */
const UNITS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};
const DURATION = /^(?<count>[0-9]{1,6})(?<unit>[mhdw])$/;

/** What durations are written like, for errors and help texts. */
export const DURATION_EXAMPLES = "2d, 12h, 30m or 4w";

/** The milliseconds of a duration: `2d`, `12h`, `30m`, `4w`; undefined when the text is none. */
export function parseDuration(text: string): number | undefined {
  const { count, unit = "" } = DURATION.exec(text)?.groups ?? {};
  const length = UNITS[unit];
  return count === undefined || length === undefined ? undefined : Number(count) * length;
}
