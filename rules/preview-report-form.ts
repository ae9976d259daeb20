import { z } from "zod";
import { DIGEST, TAG } from "./image-reference.ts";
import { OBJECT_ID } from "./names.ts";
import { isPrintable } from "./printable.ts";

/** The most entries of each list of a report; what did not fit is counted in `leftOut`. */
export const MOST = {
  resources: 1000,
  properties: 60,
  images: 300,
  reasons: 60,
  names: 2000,
  access: 1000,
  policyTexts: 300,
  claims: 12,
  retention: 500,
  failures: 100,
} as const;

/** The longest texts, in characters of JavaScript. */
export const LONGEST = {
  name: 255,
  path: 300,
  value: 200,
  policyText: 1000,
  message: 1000,
} as const;

/** Text that shows as what it is: no control or format character, no mark that turns the direction of writing, no line's end. */
export const text = (longest: number) => {
  const rule = `a printable text of 1 to ${longest} characters on one line`;
  return z.string(rule).min(1, rule).max(longest, rule).refine(isPrintable, rule);
};
/** Text of a grammar. */
export const form = (grammar: RegExp, rule: string) => z.string(rule).regex(grammar, rule);
export const list = <Entry extends z.ZodType>(entry: Entry, most: number) => {
  const rule = `a list of at most ${most} entries`;
  return z.array(entry, rule).max(most, rule);
};
export const count = () => {
  const rule = "a whole number from 0";
  return z.int(rule).min(0, rule);
};
export const oneOf = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z.enum(words, `one of ${words.join(", ")}`);

export const commit = () => form(OBJECT_ID, "a commit's 40 hex digits");
export const contentName = () => form(TAG, "a tag: letters, digits and _ . -, at most 128");
const FAMILY = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const ACCELERATOR = "[a-z0-9]+(?:[._-][a-z0-9]+)*";
const LABEL = new RegExp(`^(?=.{1,255}$)${FAMILY}(?:/${ACCELERATOR})?$`);
/** `host/path`, and `host/path:tag`: the outline of a reference, in which nothing can be hidden. */
const REPOSITORY =
  /^(?=.{1,300}$)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?(?:\/[a-z0-9._-]+)+$/;
const FULL_NAME =
  /^(?=.{1,430}$)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?(?:\/[a-z0-9._-]+)+:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
export const label = () => form(LABEL, "FAMILY or FAMILY/ACCELERATOR");
export const repository = () =>
  form(REPOSITORY, "a repository in full, e.g. ghcr.io/pytorch/ci-image");
export const fullName = () =>
  form(FULL_NAME, "a name in full, e.g. ghcr.io/pytorch/ci-image:cuda12.8");
const CONTENT = new RegExp(`${DIGEST.source}|${TAG.source}`);
export const content = () =>
  form(CONTENT, "a digest (sha256: and 64 hex digits) or a content name");
