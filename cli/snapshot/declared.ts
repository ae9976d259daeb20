import type { Registration } from "../../engine/monitor.ts";
import { isList, isMap, type PropertyValue, unknown } from "../../engine/values.ts";
import type { Declared } from "../../rules/snapshot-changes.ts";
import { type Inputs, type InputValue, SECRET, UNKNOWN } from "../../rules/snapshot-value.ts";

/** The resources among what a plan declares: components are none. */
export function declaredResources(registrations: readonly Registration[]): readonly Declared[] {
  return registrations
    .filter(({ custom }) => custom)
    .map(({ type, name, inputs }) => ({ type, name, inputs: inputsOf(inputs) }));
}

/**
 * What makes a map something else than a map: a secret, in clear or encrypted, an asset, a reference.
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/sig/sig.go
 */
const SIGNATURE = "4dabf18193072939515e22adb298388d";

/** Inputs with a mark in the place of every unknown, and of every secret and whatever else is no plain value. */
export function inputsOf(properties: Readonly<Record<string, PropertyValue>>): Inputs {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [name, inputOf(value)]),
  );
}

function inputOf(value: PropertyValue): InputValue {
  if (value === unknown) return UNKNOWN;
  if (isList(value)) return value.map(inputOf);
  if (!isMap(value)) return value;
  return Object.hasOwn(value, SIGNATURE) ? SECRET : inputsOf(value);
}
