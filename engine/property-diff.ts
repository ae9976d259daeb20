import { alignLists } from "./list-alignment.ts";
import { display, isList, isMap, isSecret, sameValue } from "./values.ts";
import type { PropertyMap, PropertyValue } from "./values.ts";

/** One changed place in a resource's properties, for people: secrets and unknowns are shown as such, never their values. */
export interface PropertyChange {
  /**
   * `policy.Statement[0].Effect`; a property that holds JSON text is looked into. An element of a list has its index in the
   * new list, one that is gone the index that it had.
   */
  readonly path: string;
  /** Absent where there was nothing. */
  readonly old?: PropertyValue;
  /** Absent where nothing is left. */
  readonly new?: PropertyValue;
  /** Whether this is what calls for a replacement. */
  readonly replace?: true;
}

/** Every place where two sets of properties differ, as deep as they have the same shape. */
export function diffProperties(old: PropertyMap, news: PropertyMap): PropertyChange[] {
  const keys = new Set([...Object.keys(old), ...Object.keys(news)]);
  return [...keys].flatMap((key) => diffValues(key, old[key], news[key]));
}

/** All properties of something new. */
export function newProperties(news: PropertyMap): PropertyChange[] {
  return diffProperties({}, news);
}

/** First name of a path: the property itself. */
export function topLevel(path: string): string {
  return /^[^.[]*/.exec(path)?.[0] ?? path;
}

function diffValues(
  path: string,
  old: PropertyValue | undefined,
  news: PropertyValue | undefined,
): PropertyChange[] {
  if (sameValue(old, news)) return [];
  if (!isSecret(old) && !isSecret(news)) {
    const [a, b] = [parsedText(old), parsedText(news)];
    if (isMap(a) && isMap(b)) {
      return diffProperties(a, b).map((change) => ({ ...change, path: join(path, change.path) }));
    }
    if (isList(a) && isList(b)) return diffLists(path, a, b);
  }
  const hidden = isSecret(old) || isSecret(news);
  const shown = (value: PropertyValue): PropertyValue => (hidden ? "[secret]" : display(value));
  return [
    {
      path,
      ...(old === undefined ? {} : { old: shown(old) }),
      ...(news === undefined ? {} : { new: shown(news) }),
    },
  ];
}

function diffLists(
  path: string,
  old: readonly PropertyValue[],
  news: readonly PropertyValue[],
): PropertyChange[] {
  return alignLists(old, news).flatMap((at) =>
    diffValues(
      `${path}[${at.new ?? at.old}]`,
      at.old === undefined ? undefined : old[at.old],
      at.new === undefined ? undefined : news[at.new],
    ),
  );
}

function join(path: string, rest: string): string {
  return rest.startsWith("[") ? `${path}${rest}` : `${path}.${rest}`;
}

/** A policy document travels as text; only its places are readable. */
function parsedText(value: PropertyValue | undefined): PropertyValue | undefined {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as PropertyValue;
  } catch {
    return value;
  }
}
