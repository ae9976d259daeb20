import type { SizedBlob } from "./cache-sizes.ts";

/**
 * The blobs that a look at a part of a store reads: taken at random, so that looks that are repeated come by all, until their
 * bytes are at least the part asked for; at least one.
 * @param percent above 0, at most 100
 * @param random as Math.random
 */
export function blobSample<Blob extends SizedBlob>(
  blobs: readonly Blob[],
  percent: number,
  random: () => number,
): readonly Blob[] {
  if (percent >= 100) return blobs;
  const wanted = (blobs.reduce((bytes, { size }) => bytes + size, 0) * percent) / 100;
  const order = blobs
    .map((blob) => ({ blob, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ blob }) => blob);
  const taken: Blob[] = [];
  let bytes = 0;
  for (const blob of order) {
    if (taken.length > 0 && bytes >= wanted) break;
    taken.push(blob);
    bytes += blob.size;
  }
  return taken;
}
