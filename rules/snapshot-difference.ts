import { diffArrays } from "diff";
import {
  type Inputs,
  type InputValue,
  isList,
  isMap,
  type JsonValue,
  shown,
  UNKNOWN,
} from "./snapshot-value.ts";

/** One place in a resource's properties that differs. */
export interface PropertyDifference {
  /** `assumeRolePolicy.Statement[0].Effect`; of an element that is gone, the index that it had. */
  readonly path: string;
  /** Absent where there was nothing. */
  readonly old?: JsonValue;
  /** Absent where nothing is left; the text `[unknown]` in it stands for what is known after an apply. */
  readonly new?: JsonValue;
  /** Whether this is what calls for a replacement. */
  readonly replace?: true;
}

/** Every place where a value differs from what it was, as deep as both have the same form; what is unknown differs nowhere. */
export function differences(
  path: string,
  old: JsonValue | undefined,
  news: InputValue | undefined,
): readonly PropertyDifference[] {
  if (isSame(old, news)) return [];
  if (isList(old) && isList(news)) return listDifferences(path, old, news);
  if (isMap(old) && isMap(news)) {
    const keys = [...new Set([...Object.keys(old), ...Object.keys(news)])];
    return keys.flatMap((key) => differences(`${path}.${key}`, own(old, key), own(news, key)));
  }
  return [
    {
      path,
      ...(old !== undefined && { old }),
      ...(news !== undefined && { new: shown(news) }),
    },
  ];
}

/** Elements that are equal are found again; the others count as changed in place as far as they stand side by side. */
function listDifferences(
  path: string,
  old: readonly JsonValue[],
  news: readonly InputValue[],
): readonly PropertyDifference[] {
  const parts = diffArrays<InputValue>([...old], [...news], { comparator: isSame });
  const found: PropertyDifference[] = [];
  let [from, to] = [0, 0];
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index];
    if (part === undefined) break;
    if (!part.added && !part.removed) {
      from += part.count;
      to += part.count;
      continue;
    }
    const next = parts[index + 1];
    const [gone, come] = part.removed
      ? [part.count, next?.added === true ? next.count : 0]
      : [0, part.count];
    if (part.removed && come > 0) index++;
    for (let at = 0; at < Math.max(gone, come); at++) {
      const element = at < come ? to + at : from + at;
      const before = at < gone ? old[from + at] : undefined;
      const after = at < come ? news[to + at] : undefined;
      found.push(...differences(`${path}[${element}]`, before, after));
    }
    from += gone;
    to += come;
  }
  return found;
}

function isSame(old: InputValue | undefined, news: InputValue | undefined): boolean {
  if (news === UNKNOWN) return true;
  if (isList(old) && isList(news)) {
    return old.length === news.length && old.every((one, index) => isSame(one, news[index]));
  }
  if (isMap(old) && isMap(news)) {
    const keys = new Set([...Object.keys(old), ...Object.keys(news)]);
    return [...keys].every((key) => isSame(own(old, key), own(news, key)));
  }
  return old === news;
}

function own(map: Readonly<Record<string, JsonValue>>, key: string): JsonValue | undefined;
function own(map: Inputs, key: string): InputValue | undefined;
function own(map: Inputs, key: string): InputValue | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}
