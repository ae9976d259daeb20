import { InvalidArgumentError } from "commander";

/** Reads a number that GitHub gave something. @param what `a run` */
export function numberOption(what: string): (text: string) => number {
  return (text) => {
    const number = /^[1-9]\d{0,14}$/.test(text) ? Number(text) : 0;
    if (number > 0) return number;
    throw new InvalidArgumentError(`write the number of ${what}, as in the address of its page.`);
  };
}

/** Reads the whole name of a commit. */
export function commitOption(text: string): string {
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text)) return text;
  throw new InvalidArgumentError("write a whole commit: 40 hex digits in lower case.");
}
