/* What a matrix multiplies out to. */
import type { Value } from "./expressions.ts";

/** Values of one job of a matrix, by key. */
export type Combination = Readonly<Record<string, Value>>;

/**
 * All combinations of a matrix in GitHub's order, without those that `exclude` takes away: an entry takes away every
 * combination that has all of its values. A matrix of `include` alone is a job for each of its entries.
 * @throws Error for `include` beside anything else, which no workflow of ours has, and where nothing is left
 * @see https://docs.github.com/en/actions/how-tos/write-workflows/choose-what-workflows-do/run-job-variations
 */
export function combinations(matrix: Readonly<Record<string, Value>>): readonly Combination[] {
  const { exclude = [], include, ...vectors } = matrix;
  if (include !== undefined) {
    const isAlone = Object.keys(matrix).length === 1;
    if (!isAlone) throw new Error("matrix: the runner of the tests has include only by itself");
    if (!isList(include)) throw new Error("matrix: include is no list");
    const entries = include.map((entry) => entryOf(entry, "include"));
    if (entries.length === 0) throw new Error("matrix: include is empty");
    return entries;
  }
  if (!isList(exclude)) throw new Error("matrix: exclude is no list");
  let all: readonly Combination[] = [{}];
  for (const [key, values] of Object.entries(vectors)) {
    if (!isList(values) || values.length === 0) throw new Error(`matrix: ${key} has no values`);
    all = all.flatMap((one) => values.map((value) => ({ ...one, [key]: value })));
  }
  const left = all.filter((one) => !exclude.some((entry) => covers(entry, one)));
  // What GitHub makes of a job without any is written nowhere.
  if (left.length === 0) {
    throw new Error("matrix: nothing is left; keep the job from running by if");
  }
  return left;
}

function covers(entry: Value, combination: Combination): boolean {
  const pairs = Object.entries(entryOf(entry, "exclude"));
  const unknown = pairs.find(([key]) => !(key in combination));
  if (unknown !== undefined) {
    throw new Error(`matrix: exclude names ${unknown[0]}, which it has not`);
  }
  return pairs.every(([key, value]) => JSON.stringify(combination[key]) === JSON.stringify(value));
}

function entryOf(entry: Value, key: string): Combination {
  if (typeof entry !== "object" || entry === null || isList(entry)) {
    throw new Error(`matrix: an entry of ${key} is no map`);
  }
  return entry;
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
