import type { Registration } from "../../engine/monitor.ts";
import { isList, isMap, isSecret, type PropertyValue, unknown } from "../../engine/values.ts";
import type { Declared } from "../../rules/snapshot-changes.ts";
import { type Inputs, type InputValue, SECRET, UNKNOWN } from "../../rules/snapshot-value.ts";

/** The resources among what a plan declares: components are none. */
export function declaredResources(registrations: readonly Registration[]): readonly Declared[] {
  return registrations
    .filter(({ custom }) => custom)
    .map(({ type, name, inputs }) => ({ type, name, inputs: inputsOf(inputs) }));
}

/** Inputs with a mark in the place of every secret and every unknown. */
export function inputsOf(properties: Readonly<Record<string, PropertyValue>>): Inputs {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [name, inputOf(value)]),
  );
}

function inputOf(value: PropertyValue): InputValue {
  if (value === unknown) return UNKNOWN;
  if (isList(value)) return value.map(inputOf);
  if (!isMap(value)) return value;
  return isSecret(value) ? SECRET : inputsOf(value);
}
