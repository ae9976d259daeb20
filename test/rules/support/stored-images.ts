/* Images as ECR stores them, for tests of what it deletes. */

/** Milliseconds. */
export const DAY = 86_400_000;
export const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const INDEX = "application/vnd.oci.image.index.v1+json";

/** A digest for each number. */
export function anyDigest(number: number): string {
  return `sha256:${number.toString(16).padStart(64, "0")}`;
}
