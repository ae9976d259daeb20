import { MAIN_BRANCH } from "../../../rules/names.ts";

const VERSION = /^release\/[0-9]+(?:\.[0-9]+)*$/;
const byNumbers = new Intl.Collator("en", { numeric: true });

/** Channels in the order of their age: main, then release lines, the newest last. Lines with no version are before those with one. */
export function inChannelOrder(channels: readonly string[]): readonly string[] {
  return [...channels].sort(
    (a, b) => rank(a) - rank(b) || byNumbers.compare(a, b) || (a < b ? -1 : 1),
  );
}

function rank(channel: string): number {
  if (channel === MAIN_BRANCH) return 0;
  return VERSION.test(channel) ? 2 : 1;
}
