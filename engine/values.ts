import * as pulumi from "@pulumi/pulumi";

/** What a resource's property can be on the wire: JSON, where an object may be a secret's envelope and a string the unknown. */
export type PropertyValue =
  null | boolean | number | string | readonly PropertyValue[] | PropertyMap;
/** Properties by name, as they travel between the program and the engine. */
export interface PropertyMap {
  readonly [name: string]: PropertyValue;
}

const { specialSigKey, specialSecretSig, unknownValue } = pulumi.runtime;

/** The string that stands for a value nobody can know yet. */
export const unknown: string = unknownValue;

/** The object around a secret value. */
export interface SecretEnvelope extends PropertyMap {
  readonly value: PropertyValue;
}

export function isMap(value: PropertyValue | undefined): value is PropertyMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isList(value: PropertyValue | undefined): value is readonly PropertyValue[] {
  return Array.isArray(value);
}

export function isSecret(value: PropertyValue | undefined): value is SecretEnvelope {
  return isMap(value) && value[specialSigKey] === specialSecretSig;
}

/** Names of the special values (assets, archives) in a value, which the engine does not understand. */
export function foreignValues(value: PropertyValue): string[] {
  if (isList(value)) return value.flatMap(foreignValues);
  if (!isMap(value)) return [];
  if (isSecret(value)) return foreignValues(value.value);
  switch (value[specialSigKey]) {
    case undefined:
      return Object.values(value).flatMap(foreignValues);
    case pulumi.runtime.specialAssetSig:
      return ["asset"];
    case pulumi.runtime.specialArchiveSig:
      return ["archive"];
    default:
      return ["special value"];
  }
}

/** Puts a value into an envelope, unless it is in one already. */
export function secret(value: PropertyValue): SecretEnvelope {
  return isSecret(value) ? value : { [specialSigKey]: specialSecretSig, value: unwrap(value) };
}

/** The value without any envelope in it, however deep. */
export function unwrap(value: PropertyValue): PropertyValue {
  if (isList(value)) return value.map(unwrap);
  if (!isMap(value)) return value;
  return isSecret(value) ? unwrap(value.value) : unwrapMap(value);
}

export function unwrapMap(map: PropertyMap): PropertyMap {
  return mapValues(map, unwrap);
}

export function containsUnknown(value: PropertyValue | undefined): boolean {
  return some(value, (leaf) => leaf === unknown);
}

export function containsSecret(value: PropertyValue | undefined): boolean {
  return some(value, () => false, true);
}

/**
 * Outputs with an envelope wherever the inputs have one at the same place, and around the named properties.
 * A provider sees and returns bare values, so this is where a secret stays a secret.
 *
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/provider_plugin.go annotateSecrets
 */
export function markSecrets(
  outputs: PropertyMap,
  inputs: PropertyMap,
  named: readonly string[] = [],
): PropertyMap {
  return Object.fromEntries(
    Object.entries(outputs).map(([key, value]) => [
      key,
      named.includes(key) ? secret(value) : markLike(value, inputs[key]),
    ]),
  );
}

function markLike(value: PropertyValue, like: PropertyValue | undefined): PropertyValue {
  if (!containsSecret(like)) return value;
  if (isSecret(value)) return value;
  if (isMap(value) && isMap(like) && !isSecret(like)) return markSecrets(value, like);
  if (isList(value) && isList(like) && value.length === like.length) {
    return value.map((item, index) => markLike(item, like[index]));
  }
  return secret(value);
}

/** Whether two values are the same once their envelopes are gone; an unknown equals nothing. */
export function sameValue(a: PropertyValue | undefined, b: PropertyValue | undefined): boolean {
  if (a === unknown || b === unknown) return false;
  if (isSecret(a)) return sameValue(a.value, b);
  if (isSecret(b)) return sameValue(a, b.value);
  if (isList(a) && isList(b)) {
    return a.length === b.length && a.every((item, index) => sameValue(item, b[index]));
  }
  if (isMap(a) && isMap(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].every((key) => sameValue(a[key], b[key]));
  }
  return a === b;
}

/** A value for people's eyes: envelopes become `[secret]`, unknowns `[unknown]`. */
export function display(value: PropertyValue): PropertyValue {
  if (value === unknown) return "[unknown]";
  if (isList(value)) return value.map(display);
  if (!isMap(value)) return value;
  return isSecret(value) ? "[secret]" : mapValues(value, display);
}

export function mapValues(
  map: PropertyMap,
  change: (value: PropertyValue) => PropertyValue,
): PropertyMap {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}

function some(
  value: PropertyValue | undefined,
  leafTest: (leaf: PropertyValue) => boolean,
  secretCounts = false,
): boolean {
  if (value === undefined) return false;
  if (isList(value)) return value.some((item) => some(item, leafTest, secretCounts));
  if (!isMap(value)) return leafTest(value);
  if (secretCounts && isSecret(value)) return true;
  return Object.values(value).some((item) => some(item, leafTest, secretCounts));
}

/** What a provider returned, as it would arrive over the wire: JSON, without anything undefined. */
export function toMap(value: unknown): PropertyMap {
  const properties = JSON.parse(JSON.stringify(value ?? {})) as PropertyValue;
  return isMap(properties) ? properties : {};
}
