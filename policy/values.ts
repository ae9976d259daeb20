import { NotJudged, type PolicyResource, type Properties, UNKNOWN, type Value } from "./policy.ts";

export function isMap(value: Value | undefined): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** Whether nobody can know a value, or something in it. */
export function holdsUnknown(value: Value | undefined): boolean {
  if (value === UNKNOWN) return true;
  if (isList(value)) return value.some(holdsUnknown);
  return isMap(value) && Object.values(value).some(holdsUnknown);
}

/** The finding for a property that is not known yet. @param path `context.named.base` */
export function notKnown(path: string): NotJudged {
  return new NotJudged(`${path} is not known yet`);
}

/** A property that is a text; undefined where it is absent, unknown or something else. */
export function textOf({ properties }: PolicyResource, key: string): string | undefined {
  const value = properties[key];
  return typeof value === "string" ? value : undefined;
}

/** A value inside others, by keys; undefined where one is absent, {@link UNKNOWN} where one is not known. */
export function inside(value: Value | undefined, ...keys: readonly string[]): Value | undefined {
  let found = value;
  for (const key of keys) {
    if (found === UNKNOWN) return UNKNOWN;
    found = isMap(found) ? found[key] : undefined;
  }
  return found;
}

/** The known texts of a list. */
export function textsIn(value: Value | undefined): readonly string[] {
  return isList(value) ? value.filter((one) => typeof one === "string") : [];
}

/** A list as what stands in it, and a single value as a list of itself: policy documents write either. */
export function listed(value: Value | undefined): readonly Value[] {
  if (value === undefined || value === null) return [];
  return isList(value) ? value : [value];
}
