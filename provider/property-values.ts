import * as rpc from "@pulumi/pulumi/runtime/rpc.js";

/** Properties of a resource as an engine passes them: plain JSON, with unknowns as {@link UNKNOWN}. */
export type Properties = Readonly<Record<string, unknown>>;

/** Stands for a value that is not known before something else exists. */
export const UNKNOWN: string = rpc.unknownValue;

/**
 * Takes secrets out of their envelopes and puts ids in the place of references to resources, at any depth. The
 * embedded engine passes plain values already; the Pulumi CLI sends envelopes.
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/proto/pulumi/provider.proto
 */
export function reveal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reveal);
  if (!isRecord(value)) return value;
  switch (value[rpc.specialSigKey]) {
    case rpc.specialSecretSig:
      return reveal(value["value"]);
    case rpc.specialResourceSig:
      return value["id"] === "" ? UNKNOWN : value["id"];
    case rpc.specialOutputValueSig:
      return "value" in value ? reveal(value["value"]) : UNKNOWN;
    default:
      return Object.fromEntries(
        Object.entries(value)
          .filter(([, item]) => item !== undefined && item !== null)
          .map(([key, item]) => [key, reveal(item)]),
      );
  }
}

/** Whether a secret lies anywhere in a value. */
function holdsSecret(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsSecret);
  if (!isRecord(value)) return false;
  if (value[rpc.specialSigKey] === rpc.specialSecretSig) return true;
  if (value[rpc.specialSigKey] === rpc.specialOutputValueSig && value["secret"] === true) {
    return true;
  }
  return Object.values(value).some(holdsSecret);
}

/** Whether something in a revealed value is not known before the resources it comes from exist. */
export function holdsUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  if (Array.isArray(value)) return value.some(holdsUnknown);
  return isRecord(value) && Object.values(value).some(holdsUnknown);
}

/**
 * Puts properties into envelopes that came in one, or with one inside: what an engine sent as a secret it gets back as
 * one, so that it never lies in clear in its state. An engine that sends plain values gets plain values.
 * @param derived names of properties that were made of a secret
 */
export function concealAs(
  received: unknown,
  properties: Properties,
  derived: readonly string[] = [],
): Properties {
  const sent = isRecord(received) ? received : {};
  const hides = (key: string): boolean =>
    holdsSecret(sent[key]) || (derived.includes(key) && holdsSecret(sent));
  return Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [
      key,
      hides(key) ? { [rpc.specialSigKey]: rpc.specialSecretSig, value } : value,
    ]),
  );
}

/** A resource's properties revealed; nothing at all counts as none. */
export function revealed(properties: unknown): Properties {
  const plain = reveal(properties);
  return isRecord(plain) ? plain : {};
}

/** Properties but those of some names. */
export function without(properties: Properties, ...names: readonly string[]): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([key]) => !names.includes(key)));
}

export function isRecord(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
