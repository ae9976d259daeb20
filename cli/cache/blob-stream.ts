import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { Descriptor } from "../../oci/media-types.ts";
import { damageRemedy, DamagedBlob } from "./store/damaged-blob.ts";
import { onDisk } from "./store/disk-faults.ts";
import type { Store } from "./store/store.ts";

/** Bytes that are read at once. */
const PIECE = 1024 * 1024;

/**
 * The bytes of a blob of a store, verified while they are read: whoever takes them must not use them before the end. The
 * containerd image store, given a layer with another digest, takes the image without it. A piece is written over when the next
 * one is asked for.
 * @throws DamagedBlob at the end when they are not what the digest says
 * @see https://github.com/moby/moby/blob/v28.5.2/daemon/containerd/image_exporter.go WithSkipMissing
 */
export async function* blobStream(
  store: Store,
  { digest, size }: Pick<Descriptor, "digest" | "size">,
): AsyncIterable<Uint8Array> {
  const path = store.blobPath(digest);
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = await onDisk(path, () => open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  const hash = createHash("sha256");
  let length = 0;
  try {
    if (!(await file.stat()).isFile()) throw damaged(store, path, size);
    // One buffer for all: what is read of gigabytes must not wait for the garbage collector.
    const buffer = Buffer.allocUnsafe(Math.min(PIECE, size + 1));
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      length += bytesRead;
      if (bytesRead === 0 || length > size) break;
      const piece = buffer.subarray(0, bytesRead);
      hash.update(piece);
      yield piece;
    }
  } finally {
    await file.close();
  }
  if (length !== size || `sha256:${hash.digest("hex")}` !== digest) {
    throw damaged(store, path, size);
  }
}

function damaged({ folder }: Store, path: string, size: number): DamagedBlob {
  return new DamagedBlob(
    `${path} is damaged: not ${size} bytes with that digest; ${damageRemedy(folder)}, bring it back`,
  );
}
