import type { Configuration } from "./configuration.ts";
import type { Problem } from "./problems.ts";

/** The keys of a configuration whose values could be read. */
export type ParsedConfiguration = Partial<Configuration>;

/** What is wrong with some keys together; nothing where one of them could not be read. */
export type Relation = (parsed: ParsedConfiguration) => readonly Problem[];

/**
 * A rule on keys together. It sees no others, so that faults of these are told whatever is wrong with the rest.
 * @param keys those that it needs
 */
export function relation<Key extends keyof Configuration>(
  keys: readonly Key[],
  rule: (values: Pick<Configuration, Key>) => Iterable<Problem>,
): Relation {
  return (parsed) => (hasAll(parsed, keys) ? [...rule(parsed)] : []);
}

function hasAll<Key extends keyof Configuration>(
  parsed: ParsedConfiguration,
  keys: readonly Key[],
): parsed is ParsedConfiguration & Pick<Configuration, Key> {
  return keys.every((key) => parsed[key] !== undefined);
}
