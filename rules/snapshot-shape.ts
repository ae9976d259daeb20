import { holdsSecretText } from "./secret-text.ts";
import { isPrintable } from "./printable.ts";
import { type InputValue, isList, isMap, SECRET, UNKNOWN } from "./snapshot-value.ts";

/** Longest text that is let through, in characters. */
const LONGEST = 10_000;

/** What a value must look like to be let through: whatever is not said here stays behind. */
export type Shape =
  /** A text that matches, in one line, and has none of the forms that only secrets have. */
  | RegExp
  | "boolean"
  | "number"
  | { readonly list: Shape }
  /** A map whose other keys are left away. */
  | { readonly fields: Readonly<Record<string, Shape>> }
  /** A map that has no other keys; none of its keys has to be there. */
  | { readonly only: Readonly<Record<string, Shape>> }
  /** A map with keys of some form. */
  | { readonly keys: RegExp; readonly values: Shape }
  /** The first shape that fits. */
  | { readonly either: readonly Shape[] }
  /** A text that is JSON of a shape; it comes out parsed, so that order of keys and blanks are no change. */
  | { readonly json: Shape };

/**
 * What a shape lets through of a value. Undefined where that is not the whole of it: a secret at any depth, a key or a text of
 * another form.
 * @param name what the value is called, which tells on a token
 */
export function admit(shape: Shape, value: InputValue, name: string): InputValue | undefined {
  if (value === SECRET) return undefined;
  if (value === UNKNOWN) return value;
  if (shape instanceof RegExp) {
    return typeof value === "string" && isPlain(shape, value, name) ? value : undefined;
  }
  if (typeof shape === "string") return typeof value === shape ? value : undefined;
  if ("json" in shape) {
    return typeof value === "string" ? admitJson(shape.json, value, name) : undefined;
  }
  if ("list" in shape) {
    return isList(value) ? complete(value.map((one) => admit(shape.list, one, name))) : undefined;
  }
  if ("either" in shape) {
    for (const one of shape.either) {
      const admitted = admit(one, value, name);
      if (admitted !== undefined) return admitted;
    }
    return undefined;
  }
  return isMap(value) ? admitMap(shape, value) : undefined;
}

type MapShape = Extract<
  Shape,
  { readonly fields: unknown } | { readonly only: unknown } | { readonly keys: unknown }
>;

function admitMap(
  shape: MapShape,
  map: Readonly<Record<string, InputValue>>,
): InputValue | undefined {
  const entries: [string, InputValue][] = [];
  for (const [key, value] of Object.entries(map)) {
    const of = shapeOf(shape, key);
    if (of === undefined && "fields" in shape) continue;
    const admitted = of && admit(of, value, key);
    if (admitted === undefined) return undefined;
    entries.push([key, admitted]);
  }
  return Object.fromEntries(entries);
}

function shapeOf(shape: MapShape, key: string): Shape | undefined {
  if ("keys" in shape) return isPlain(shape.keys, key, "") ? shape.values : undefined;
  const known = "fields" in shape ? shape.fields : shape.only;
  return Object.hasOwn(known, key) ? known[key] : undefined;
}

function admitJson(shape: Shape, text: string, name: string): InputValue | undefined {
  let value: InputValue;
  try {
    value = JSON.parse(text) as InputValue;
  } catch {
    return undefined;
  }
  return admit(shape, value, name);
}

function isPlain(form: RegExp, text: string, name: string): boolean {
  return (
    text.length <= LONGEST && isPrintable(text) && form.test(text) && !holdsSecretText(name, text)
  );
}

function complete(values: readonly (InputValue | undefined)[]): readonly InputValue[] | undefined {
  return values.every((value) => value !== undefined) ? values : undefined;
}
