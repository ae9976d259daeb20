/** A value nobody can know yet. */
export const UNKNOWN: unique symbol = Symbol("unknown");
/** A value that is or was secret, whatever it is. */
export const SECRET: unique symbol = Symbol("secret");

/** What JSON can hold. */
export type JsonValue =
  null | boolean | number | string | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/** A resource's property as it is declared or recorded. */
export type InputValue =
  | null
  | boolean
  | number
  | string
  | typeof UNKNOWN
  | typeof SECRET
  | readonly InputValue[]
  | { readonly [name: string]: InputValue };

/** Properties by name. */
export type Inputs = Readonly<Record<string, InputValue>>;

export function isList(value: InputValue | undefined): value is readonly InputValue[] {
  return Array.isArray(value);
}

export function isMap(value: InputValue | undefined): value is Inputs {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The text `[unknown]` in the place of every unknown, for people. */
export function shown(value: InputValue): JsonValue {
  if (value === UNKNOWN) return "[unknown]";
  if (value === SECRET) return "[secret]";
  if (isList(value)) return value.map(shown);
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shown(one)]));
}

/** Whether nothing in a value is unknown or secret. */
export function isKnown(value: InputValue): value is JsonValue {
  if (typeof value === "symbol") return false;
  if (isList(value)) return value.every(isKnown);
  return !isMap(value) || Object.values(value).every(isKnown);
}

/** Whether something in a value is or was secret. */
export function holdsSecret(value: InputValue): boolean {
  if (isList(value)) return value.some(holdsSecret);
  return isMap(value) ? Object.values(value).some(holdsSecret) : value === SECRET;
}
