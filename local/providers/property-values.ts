import * as rpc from "@pulumi/pulumi/runtime/rpc.js";

/** Properties of a resource as an engine passes them: plain JSON, with unknowns as the SDK's sentinel string. */
export type Properties = Record<string, unknown>;

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
      return value["id"] === "" ? rpc.unknownValue : value["id"];
    case rpc.specialOutputValueSig:
      return "value" in value ? reveal(value["value"]) : rpc.unknownValue;
    default:
      return Object.fromEntries(
        Object.entries(value)
          .filter(([, item]) => item !== undefined && item !== null)
          .map(([key, item]) => [key, reveal(item)]),
      );
  }
}

/** Whether a secret lies anywhere in a value. */
export function holdsSecret(value: unknown): boolean {
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
  if (value === rpc.unknownValue) return true;
  if (Array.isArray(value)) return value.some(holdsUnknown);
  return isRecord(value) && Object.values(value).some(holdsUnknown);
}

/** Puts the named properties back into secret envelopes, so that the Pulumi CLI encrypts them in its state. */
export function conceal(properties: Properties, secrets: ReadonlySet<string>): Properties {
  return Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [
      key,
      secrets.has(key) ? { [rpc.specialSigKey]: rpc.specialSecretSig, value } : value,
    ]),
  );
}

export function isRecord(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
