import { InvalidArgumentError } from "commander";
import { BYTE_SIZE_EXAMPLES, parseByteSize } from "../../../rules/byte-size.ts";
import { DURATION_EXAMPLES, parseDuration } from "../../../rules/duration.ts";

/** Bytes. */
export function sizeOf(text: string): number {
  const bytes = parseByteSize(text);
  if (bytes === undefined) throw new InvalidArgumentError(`Write ${BYTE_SIZE_EXAMPLES}.`);
  return bytes;
}

/** Milliseconds. */
export function durationOf(text: string): number {
  const length = parseDuration(text);
  if (length === undefined) throw new InvalidArgumentError(`Write ${DURATION_EXAMPLES}.`);
  return length;
}

/** Of TCP; 0 is any that is free. */
export function portOf(text: string): number {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : NaN;
  if (port <= 65_535) return port;
  throw new InvalidArgumentError("Write a number up to 65535, or 0 for any that is free.");
}

export function percentOf(text: string): number {
  const percent = /^[0-9]{1,3}(?:\.[0-9]{1,3})?$/.test(text) ? Number(text) : 0;
  if (percent > 0 && percent <= 100) return percent;
  throw new InvalidArgumentError("Write a percentage above 0 and at most 100, e.g. 5.");
}
