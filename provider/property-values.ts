import * as rpc from "@pulumi/pulumi/runtime/rpc.js";

/** Properties of a resource as an engine passes them. */
export type Properties = Readonly<Record<string, unknown>>;

/** Stands for a value that is not known before something else exists. */
export const UNKNOWN: string = rpc.unknownValue;

export function isRecord(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Takes secrets out of their envelopes, at any depth. The Pulumi CLI sends envelopes, the embedded engine plain values.
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/proto/pulumi/provider.proto ConfigureResponse.acceptSecrets
 */
export function reveal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reveal);
  if (!isRecord(value)) return value;
  if (isEnvelope(value)) return reveal(value["value"]);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, reveal(item)]));
}

/** The same for a resource's properties; nothing at all counts as none. */
export function revealed(properties: unknown): Properties {
  const plain = reveal(properties);
  return isRecord(plain) ? plain : {};
}

/**
 * Puts properties into envelopes that came in one, or with one inside: what an engine sent as a secret it gets back as
 * one, so that it never lies in clear in its state. An engine that sends plain values gets plain values.
 */
export function concealAs(received: unknown, properties: Properties): Properties {
  const sent = isRecord(received) ? received : {};
  return Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [
      key,
      holdsSecret(sent[key]) ? { [rpc.specialSigKey]: rpc.specialSecretSig, value } : value,
    ]),
  );
}

/** Whether something in a revealed value is not known yet. */
export function holdsUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  if (Array.isArray(value)) return value.some(holdsUnknown);
  return isRecord(value) && Object.values(value).some(holdsUnknown);
}

function holdsSecret(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsSecret);
  return isRecord(value) && (isEnvelope(value) || Object.values(value).some(holdsSecret));
}

function isEnvelope(value: Properties): boolean {
  return value[rpc.specialSigKey] === rpc.specialSecretSig;
}
