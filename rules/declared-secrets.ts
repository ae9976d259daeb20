import { z } from "zod";
import type { Configuration } from "./configuration.ts";

/** A secret of a GitHub environment as a stack declares it; the value is elsewhere. */
export interface DeclaredSecret {
  /** The environment whose jobs may read it. */
  readonly environment: string;
  readonly name: string;
  /** Whoever renews it, a team or a person. */
  readonly owner: string;
  /** One sentence. */
  readonly purpose: string;
  /** The workflow files that read it, by their names in `.github/workflows`. */
  readonly users: readonly string[];
  /** The last day on which it works, `YYYY-MM-DD`, or `never`. */
  readonly expires: string;
  readonly source: SecretSource;
}

/**
 * Where a value comes from: a secret key of the stack's configuration (`dockerToken` is `slipway:dockerToken`), an
 * environment variable of whoever applies the stack, or the sealed form that the stack's file holds.
 */
export type SecretSource = { readonly config: string } | { readonly variable: string } | "sealed";

/** A value that only GitHub can open, for one public key of one environment. */
export interface SealedValue {
  /** Id of the environment's public key that the value was sealed for. */
  readonly keyId: string;
  /** A libsodium sealed box, in base64. */
  readonly value: string;
  /** The day on which it was sealed, `YYYY-MM-DD`. */
  readonly sealedOn: string;
}

/** A sealed box has the public key of its making and a code against changes before what it holds, in bytes. */
const BOX_BYTES = { key: 32, code: 16 };

/**
 * A libsodium sealed box of at least one byte, in base64: other texts are not taken for one by mistake.
 * @param message what is told of another text, which may be a secret in clear
 * @see https://doc.libsodium.org/public-key_cryptography/sealed_boxes
 */
export function sealedBox(message: string) {
  return z.string(message).refine(isSealedBox, message);
}

function isSealedBox(text: string): boolean {
  const shortest = BOX_BYTES.key + BOX_BYTES.code + 1;
  return z.base64().safeParse(text).success && Buffer.byteLength(text, "base64") >= shortest;
}

const KEY_ID = "the id of an environment's key in quotes, which slipway secrets set writes";
/** The id of a public key as GitHub writes it. @see https://docs.github.com/en/rest/actions/secrets#get-an-environment-public-key */
export const KeyId = z.string(KEY_ID).regex(/^\d{1,40}$/, KEY_ID);

/** Every secret of a stack, in the order of its configuration. */
export function declaredSecrets({
  secrets,
}: Pick<Configuration, "secrets">): readonly DeclaredSecret[] {
  return Object.entries(secrets).flatMap(([environment, own]) =>
    Object.entries(own).map(([name, declared]) => ({ environment, name, ...declared })),
  );
}

/** The sealed value that the stack's file holds of a secret; undefined where nobody sealed one. */
export function sealedValue(
  { sealedSecrets }: Pick<Configuration, "sealedSecrets">,
  { environment, name }: Pick<DeclaredSecret, "environment" | "name">,
): SealedValue | undefined {
  return sealedSecrets[environment]?.[name];
}

/** The keys of the configuration that hold secrets because a declared one names them as its source. */
export function sourceKeys(configuration: Pick<Configuration, "secrets">): readonly string[] {
  const keys = declaredSecrets(configuration).flatMap(({ source }) =>
    source !== "sealed" && "config" in source ? source.config : [],
  );
  return [...new Set(keys)];
}
