import sodium from "libsodium-wrappers";

/**
 * Seals a value so that only GitHub can open it; two seals of one value differ.
 * @param publicKey base64, of the repository's or environment's key pair
 * @returns base64 of a libsodium sealed box
 * @see https://docs.github.com/en/rest/guides/encrypting-secrets-for-the-rest-api
 */
export async function seal(value: string, publicKey: string): Promise<string> {
  await sodium.ready;
  const key = sodium.from_base64(publicKey, sodium.base64_variants.ORIGINAL);
  const box = sodium.crypto_box_seal(sodium.from_string(value), key);
  return sodium.to_base64(box, sodium.base64_variants.ORIGINAL);
}
