import type { Hold } from "./place.ts";

/** Without its colon it holds nothing, and is told; of other words after "slipway hold" prose is made. */
const HOLD =
  /slipway(?::[ \t]{0,4}hold\b|(?<bare>[ \t]{1,4}hold(?=[ \t]+until\b)))(?<rest>[^\r\n]{0,400})/i;
const FORM = /^[ \t]+until[ \t]+(?<until>\S+)[ \t]+because[ \t]+(?<because>\S.*)$/i;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** What ends a comment, or the string of a language that has none. */
const COMMENT_END = /[ \t]*(?:-->|\*\/|["'],?)?[ \t]*$/;
const WRITE = "write slipway: hold until 2027-03-01 because ...";

/** Whether a text has a hold at all. */
export function saysHold(text: string): boolean {
  return HOLD.test(text);
}

/**
 * What a comment `slipway: hold until 2027-03-01 because ...` says, or what is wrong with it; undefined where there is none.
 * @param text of a line, or of a part of one
 */
export function readHold(text: string): Hold | undefined {
  const found = HOLD.exec(text)?.groups;
  const rest = found?.["rest"]?.replace(COMMENT_END, "");
  if (rest === undefined) return undefined;
  if (found?.["bare"] !== undefined) {
    return { fault: `the hold has no colon behind "slipway"; ${WRITE}` };
  }
  const { until, because } = FORM.exec(rest)?.groups ?? {};
  if (until === undefined || because === undefined) {
    return { fault: `the hold says not until when, or not why; ${WRITE}` };
  }
  if (!isDay(until)) {
    return { fault: `the hold's end ${JSON.stringify(until)} is no day (YYYY-MM-DD); ${WRITE}` };
  }
  return { until, because };
}

function isDay(text: string): boolean {
  if (!DAY.test(text)) return false;
  const time = Date.parse(text);
  // "2027-02-30" is read as a day of March.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
