import { rootType } from "../engine/sdk.ts";
import type { Registration } from "../engine/monitor.ts";
import {
  containsSecret,
  isList,
  isMap,
  unknown,
  unwrap,
  type PropertyValue,
} from "../engine/values.ts";
import { type PolicyResource, type Properties, UNKNOWN, type Value } from "../policy/policy.ts";

/** What a plan declares, as policies see it; the stack itself is not among it. */
export function policyResources(declared: readonly Registration[]): readonly PolicyResource[] {
  return declared.filter(({ type }) => type !== rootType).map(policyResource);
}

function policyResource(declared: Registration): PolicyResource {
  const { type, name, inputs, protect = false, retainOnDelete = false } = declared;
  const secrets = Object.keys(inputs).filter((key) => containsSecret(inputs[key]));
  return {
    type,
    name,
    properties: valueOf(unwrap(inputs)) as Properties,
    secrets: new Set(secrets),
    protect,
    retainOnDelete,
  };
}

function valueOf(value: PropertyValue): Value {
  if (value === unknown) return UNKNOWN;
  if (isList(value)) return value.map(valueOf);
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, valueOf(one)]));
}
