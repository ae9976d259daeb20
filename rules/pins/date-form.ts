const FORM =
  /^\d{4}-\d{2}-\d{2}(?:(?<separator>[T ])\d{2}:\d{2}(?<seconds>:\d{2})?(?:\.(?<fraction>\d{1,9}))?(?<zone> ?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}))?)?$/i;
const OFFSET = /(?<sign>[+-])(?<hours>\d{2}):?(?<minutes>\d{2})/;
const MINUTE = 60_000;

/**
 * A moment as another one is written: its day alone, or with a time as exact and in the same zone. A time without a zone is UTC.
 * @param form `2026-08-18`, `2026-08-18 10:00 UTC`, `2026-08-18T12:00:00.000+02:00`
 * @param moment in ISO 8601
 */
export function dateInForm(form: string, moment: string): string {
  const groups = FORM.exec(form)?.groups ?? {};
  const { separator, seconds, fraction, zone = "" } = groups;
  if (separator === undefined) return moment.slice(0, "2026-08-18".length);
  const shifted = new Date(Date.parse(moment) + offsetOf(zone)).toISOString();
  const [day = "", time = ""] = shifted.split("T");
  const clock = time.slice(0, seconds === undefined ? "10:00".length : "10:00:00".length);
  const parts = time.slice("10:00:00.".length, -"Z".length).padEnd(9, "0");
  const rest = fraction === undefined ? "" : `.${parts.slice(0, fraction.length)}`;
  return `${day}${separator}${clock}${rest}${zone}`;
}

/** Milliseconds that a zone is ahead of UTC. */
function offsetOf(zone: string): number {
  const { sign, hours, minutes } = OFFSET.exec(zone)?.groups ?? {};
  const ahead = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * MINUTE;
  return sign === "-" ? -ahead : ahead;
}
