/** Milliseconds of each unit that an age is told in, the longest first. */
const UNITS = [
  { length: 86_400_000, letter: "d" },
  { length: 3_600_000, letter: "h" },
  { length: 60_000, letter: "m" },
] as const;

/**
 * How long ago a moment was, in the longest unit of which it is at least two, as durations are written: `3d`, `47h`, `2m`; `now`
 * below two minutes, and where a clock says that it is still to come.
 * @param then milliseconds since 1970
 */
export function ageText(then: number, now: number): string {
  const age = now - then;
  const unit = UNITS.find(({ length }) => age >= 2 * length);
  return unit === undefined ? "now" : `${Math.floor(age / unit.length)}${unit.letter}`;
}
