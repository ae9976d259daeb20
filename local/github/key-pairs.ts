import { createHash } from "node:crypto";
import sodium from "libsodium-wrappers";
import type { KeyPair } from "./store.ts";

await sodium.ready;

/** A new key pair for the secrets of a repository or an environment. */
export function generateKeyPair(): KeyPair {
  const { publicKey, privateKey } = sodium.crypto_box_keypair();
  return {
    keyId: keyIdOf(publicKey),
    publicKey: Buffer.from(publicKey).toString("base64"),
    privateKey: Buffer.from(privateKey).toString("base64"),
  };
}

/** A number of up to 20 digits as text, like GitHub's, that differs from key to key. */
function keyIdOf(publicKey: Uint8Array): string {
  return createHash("sha256").update(publicKey).digest().readBigUInt64BE(0).toString();
}

/**
 * Opens a sealed box.
 * @param encryptedValue base64
 * @returns the bytes that were sealed, or `undefined` if they were not sealed to this key pair.
 * @see https://docs.github.com/rest/guides/encrypting-secrets-for-the-rest-api
 */
export function openSealedBox(keyPair: KeyPair, encryptedValue: string): Uint8Array | undefined {
  try {
    return sodium.crypto_box_seal_open(
      Buffer.from(encryptedValue, "base64"),
      Buffer.from(keyPair.publicKey, "base64"),
      Buffer.from(keyPair.privateKey, "base64"),
    );
  } catch {
    return undefined;
  }
}
