import type { Declared } from "./snapshot-changes.ts";
import { isKnown, type JsonValue } from "./snapshot-value.ts";

/** A resource as far as its inputs are known: one of a snapshot, or of a plan. */
export interface KnownResource {
  readonly type: string;
  /** As the program calls it. */
  readonly name: string;
  /** Policies are parsed. */
  readonly properties: Readonly<Record<string, JsonValue>>;
  /** Names of properties that are there and not told. */
  readonly withheld: readonly string[];
}

/** Inputs that are the JSON text of a policy. */
const POLICIES = new Set(["policy", "assumeRolePolicy"]);

/** What is known of declared resources before an apply: all but secrets and unknowns. */
export function knownResources(declared: readonly Declared[]): readonly KnownResource[] {
  return declared.map(({ type, name, inputs }) => {
    const properties: Record<string, JsonValue> = {};
    const withheld: string[] = [];
    for (const [property, value] of Object.entries(inputs)) {
      const known = isKnown(value) ? parsed(property, value) : undefined;
      if (known === undefined) withheld.push(property);
      else properties[property] = known;
    }
    return { type, name, properties, withheld };
  });
}

/** A property that is a text; undefined for anything else. */
export function textOf({ properties }: KnownResource, property: string): string | undefined {
  const value = properties[property];
  return typeof value === "string" ? value : undefined;
}

/** The texts of a list; none where there is no list. */
export function textsOf(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

/** Whether a value is a map. */
export function isMap(value: JsonValue | undefined): value is Readonly<Record<string, JsonValue>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parsed(property: string, value: JsonValue): JsonValue | undefined {
  if (!POLICIES.has(property) || typeof value !== "string") return value;
  try {
    return JSON.parse(value) as JsonValue;
  } catch {
    return undefined;
  }
}
