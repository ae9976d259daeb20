import { ProblemsError } from "../rules/problems.ts";
import { diffProperties, topLevel } from "./property-diff.ts";
import type { PropertyChange } from "./property-diff.ts";
import type { Provider } from "./providers.ts";
import { resourceText } from "./resource-name.ts";
import type { ResourceState } from "./state.ts";
import { markSecrets, sameValue, toMap, unknown, unwrapMap } from "./values.ts";
import type { PropertyMap } from "./values.ts";

/*
 * Calls of a provider with the arguments that the Pulumi CLI gives (old inputs to check, old outputs to
 * diff, update, read and delete), but with bare secrets: the same place becomes a secret again in what comes back.
 */

/** What a diff decided. */
export interface Difference {
  readonly change: "same" | "update" | "replace";
  readonly properties: readonly PropertyChange[];
  readonly deleteBeforeReplace: boolean;
  /** Outputs that an update cannot change. */
  readonly stables: readonly string[];
}

/**
 * Inputs with the provider's defaults.
 * @throws {ProblemsError} with everything that the provider found wrong.
 */
export async function check(
  by: Provider,
  urn: string,
  old: PropertyMap,
  news: PropertyMap,
  secretNames: readonly string[],
): Promise<PropertyMap> {
  const result = await by.check?.(urn, unwrapMap(old), unwrapMap(news));
  const failures = result?.failures ?? [];
  if (failures.length > 0) {
    throw new ProblemsError(
      resourceText(urn),
      failures.map(({ property, reason }) => ({ path: property, message: reason })),
    );
  }
  const inputs = result?.inputs === undefined ? news : toMap(result.inputs);
  return markSecrets(inputs, news, secretNames);
}

/**
 * Compares a resource as it is with what is wanted.
 *
 * @param before The resource before it was read anew: a provider without a diff of its own then still sees drift.
 */
export async function diff(
  by: Provider | undefined,
  old: ResourceState,
  before: ResourceState,
  news: PropertyMap,
): Promise<Difference> {
  const result = await by?.diff?.(old.id ?? "", old.urn, unwrapMap(old.outputs), unwrapMap(news));
  const replaces = result?.replaces ?? [];
  const own = [...diffProperties(old.inputs, news), ...drift(old, before, news)];
  const changed = result?.changes ?? (replaces.length > 0 || own.length > 0);
  if (!changed) return { change: "same", properties: [], deleteBeforeReplace: false, stables: [] };
  const named = [...replaces, ...(stringsIn(result, "diffs") ?? [])].map(topLevel);
  const seen = new Set(own.map(({ path }) => topLevel(path)));
  const missing = [...new Set(named)].filter((name) => !seen.has(name));
  const properties = [
    ...own,
    ...missing.flatMap((name) => {
      // What is an output alone is to be again what it was before it was read anew.
      const goal = name in news ? news : before.outputs;
      const found = diffProperties(pick(old.outputs, name), pick(goal, name));
      return found.length > 0 ? found : [{ path: name }];
    }),
  ];
  const replacing = new Set(replaces.map(topLevel));
  return {
    change: replaces.length > 0 ? "replace" : "update",
    properties: properties.map((change) =>
      replacing.has(topLevel(change.path)) ? { ...change, replace: true } : change,
    ),
    deleteBeforeReplace: result?.deleteBeforeReplace ?? false,
    stables: result?.stables ?? [],
  };
}

/** Places of the wanted inputs that were as recorded and are found otherwise now. */
function drift(old: ResourceState, before: ResourceState, news: PropertyMap): PropertyChange[] {
  const drifted = Object.keys(news).filter(
    (key) => key in before.outputs && !sameValue(before.outputs[key], old.outputs[key]),
  );
  return drifted
    .filter((key) => sameValue(old.inputs[key], news[key]))
    .flatMap((key) => diffProperties(pick(old.outputs, key), pick(news, key)));
}

/**
 * Makes a resource in its service.
 *
 * @param wanted Its checked inputs; an id and outputs in it are not looked at.
 * @returns What the service computed, the inputs where the provider tells no outputs.
 * @throws What the provider throws; whether something was made is open then.
 */
export async function create(
  by: Provider,
  wanted: ResourceState,
): Promise<{ readonly id: string; readonly outputs: PropertyMap }> {
  const { urn, inputs, additionalSecretOutputs } = wanted;
  if (by.create === undefined) throw new Error(`${urn}: its provider cannot create anything`);
  const made = await by.create(urn, unwrapMap(inputs));
  return { id: made.id, outputs: outputsOf(made.outs, inputs, additionalSecretOutputs) };
}

/**
 * Changes a resource in its service.
 *
 * @param old As it is now.
 * @param inputs As checked by the provider.
 * @param secretNames Outputs that are secrets whatever the inputs are.
 * @returns The outputs from now on.
 * @throws What the provider throws; how much was changed is open then.
 */
export async function update(
  by: Provider,
  old: ResourceState,
  inputs: PropertyMap,
  secretNames: readonly string[],
): Promise<PropertyMap> {
  if (by.update === undefined) throw new Error(`${old.urn}: its provider cannot update anything`);
  const result = (await by.update(
    old.id ?? "",
    old.urn,
    unwrapMap(old.outputs),
    unwrapMap(inputs),
  )) as { outs?: unknown } | undefined;
  return outputsOf(result?.outs, inputs, secretNames);
}

/** The id of what a resource's inputs declare, if the provider can find it. */
export async function find(
  by: Provider,
  { urn, inputs }: ResourceState,
): Promise<string | undefined> {
  return by.find?.(urn, unwrapMap(inputs));
}

/** The resource as it is now, as recorded where its provider cannot read; undefined when it is gone. */
export async function read(by: Provider, old: ResourceState): Promise<ResourceState | undefined> {
  if (by.read === undefined || old.id === undefined) return old;
  const found = await by.read(old.id, old.urn, unwrapMap(old.outputs));
  if (!found.id) return undefined;
  return {
    ...old,
    id: found.id,
    outputs: markSecrets(toMap(found.props), old.outputs, old.additionalSecretOutputs),
    ...(found.inputs === undefined ? {} : { inputs: markSecrets(toMap(found.inputs), old.inputs) }),
  };
}

/**
 * Deletes a resource from its service; nothing, where its provider deletes nothing.
 *
 * @throws What the provider throws; whether it still exists is open then.
 */
export async function remove(by: Provider, old: ResourceState): Promise<void> {
  await by.delete?.(old.id ?? "", old.urn, unwrapMap(old.outputs));
}

/** Outputs as far as they are known before an update, or, without a resource, before a creation. */
export function plannedOutputs(
  inputs: PropertyMap,
  old?: { readonly outputs: PropertyMap; readonly stables: readonly string[] },
): PropertyMap {
  const computed = Object.entries(old?.outputs ?? {})
    .filter(([key]) => !(key in inputs))
    .map(([key, value]) => [key, old?.stables.includes(key) ? value : unknown] as const);
  return { ...Object.fromEntries(computed), ...inputs };
}

function outputsOf(
  outs: unknown,
  inputs: PropertyMap,
  secretNames?: readonly string[],
): PropertyMap {
  const outputs = outs === undefined ? inputs : toMap(outs);
  return markSecrets(outputs, inputs, secretNames);
}

function pick(map: PropertyMap, key: string): PropertyMap {
  const value = map[key];
  return value === undefined ? {} : { [key]: value };
}

function stringsIn(value: unknown, member: string): string[] | undefined {
  const found: unknown = typeof value === "object" && value !== null && Reflect.get(value, member);
  return Array.isArray(found) ? found.filter((item) => typeof item === "string") : undefined;
}
