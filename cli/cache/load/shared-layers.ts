/**
 * How many of an image's first layers an engine has: it knows a layer by all below it, so that only equal beginnings count.
 * @param diffIds the image's layers uncompressed, by digest, in order
 * @param others those of each image that the engine has
 */
export function countShared(
  diffIds: readonly string[],
  others: readonly (readonly string[])[],
): number {
  const counts = others.map((other) => {
    const differs = diffIds.findIndex((diffId, at) => other[at] !== diffId);
    return differs < 0 ? diffIds.length : differs;
  });
  return Math.max(0, ...counts);
}
