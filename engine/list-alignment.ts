import { isMap, isSecret, sameValue } from "./values.ts";
import type { PropertyValue } from "./values.ts";

type List = readonly PropertyValue[];

/** Indices of one element in the old and in the new list; one of them is absent where it was removed or added. */
export interface Aligned {
  readonly old?: number;
  readonly new?: number;
}

/**
 * Which element became which, in the order of both lists. As many equal elements as possible are found again; of the others
 * those that stand between the same neighbours count as changed in place, the most alike first.
 *
 * Takes time and space by the product of the lengths.
 */
export function alignLists(old: List, news: List): Aligned[] {
  const width = news.length + 1;
  // By the place in both lists: how much the rest after it has in common.
  const best = new Float64Array((old.length + 1) * width);
  const restAt = (i: number, j: number): number => best[i * width + j] ?? 0;
  // One equal pair outweighs all that are only alike.
  const equal = Math.min(old.length, news.length) + 1;
  const paired = (i: number, j: number): number => {
    const [a, b] = [old[i], news[j]];
    return restAt(i + 1, j + 1) + (sameValue(a, b) ? equal : likeness(a, b));
  };
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = news.length - 1; j >= 0; j--) {
      best[i * width + j] = Math.max(paired(i, j), restAt(i + 1, j), restAt(i, j + 1));
    }
  }
  const aligned: Aligned[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < news.length) {
    const both = i < old.length && j < news.length;
    if (both && paired(i, j) === restAt(i, j)) aligned.push({ old: i++, new: j++ });
    else if (j === news.length || (both && restAt(i + 1, j) === restAt(i, j))) {
      aligned.push({ old: i++ });
    } else aligned.push({ new: j++ });
  }
  return aligned;
}

/** Of two that differ, above 0 and at most 1. Squared, so that one that is much alike is worth more than two that hardly are. */
function likeness(a: PropertyValue | undefined, b: PropertyValue | undefined): number {
  if (!isMap(a) || !isMap(b) || isSecret(a) || isSecret(b)) return 0.01;
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  const same = keys.filter((key) => sameValue(a[key], b[key])).length;
  return ((1 + same) / (1 + keys.length)) ** 2;
}
