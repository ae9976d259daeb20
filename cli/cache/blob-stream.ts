import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { Descriptor } from "../../oci/media-types.ts";
import { DamagedBlob } from "./store/damaged-blob.ts";
import { onDisk } from "./store/disk-faults.ts";
import type { Store } from "./store/store.ts";

/** Large enough that a call for each costs nothing, small enough that the garbage of many is nothing. */
const PIECE = 256 * 1024;

/**
 * The bytes of a blob of a store, verified while they are read: whoever takes them must not use them before the end. The
 * containerd image store, given a layer with another digest, takes the image without it.
 * @throws DamagedBlob at the end when they are not what the digest says
 * @see https://github.com/moby/moby/blob/v28.5.2/daemon/containerd/image_exporter.go WithSkipMissing
 */
export async function* blobStream(
  store: Store,
  { digest, size }: Pick<Descriptor, "digest" | "size">,
): AsyncIterable<Uint8Array> {
  const path = store.blobPath(digest);
  const { O_RDONLY, O_NOFOLLOW } = constants;
  const file = await onDisk(path, () => open(path, O_RDONLY | O_NOFOLLOW));
  const hash = createHash("sha256");
  let length = 0;
  for await (const piece of file.createReadStream({ highWaterMark: PIECE })) {
    const bytes = piece as Buffer;
    length += bytes.length;
    if (length > size) break;
    hash.update(bytes);
    yield bytes;
  }
  if (length !== size || `sha256:${hash.digest("hex")}` !== digest) {
    throw new DamagedBlob(
      `${path} is damaged: not ${size} bytes with that digest; slipway cache verify, then refresh the store`,
    );
  }
}
