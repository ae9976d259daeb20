import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { constants } from "node:fs";
import type { Descriptor } from "../../oci/media-types.ts";
import { blobStream } from "./blob-stream.ts";
import type { CachedImage } from "./cached-image.ts";
import { readDiffIds } from "./diff-ids.ts";
import { MemorySweep } from "./download/memory-sweep.ts";
import { contentOf } from "./image-content.ts";
import { DamagedBlob } from "./store/damaged-blob.ts";
import { onDisk } from "./store/disk-faults.ts";
import type { Store } from "./store/store.ts";
import { unpackedStream } from "./unpacked-stream.ts";

/**
 * How large the gzip layers of an image are unpacked, by digest. What no image of the store tells is unpacked, once, and held
 * against the image's configuration.
 * @param image whose blobs the store has
 * @param onMeasure called once when there is something to unpack, with how many bytes that are packed
 * @throws UserError when a layer is another than the configuration says, which every engine would refuse
 */
export async function unpackedSizes(
  store: Store,
  image: CachedImage,
  onMeasure: (packed: number) => void,
): Promise<Readonly<Record<string, number>>> {
  const content = await contentOf(store, image);
  const known = await knownSizes(store);
  const sizes: Record<string, number> = {};
  const unknown = new Map<string, { readonly layer: Descriptor; readonly diffId: string }>();
  let diffIds: readonly string[] | undefined;
  for (const [at, layer] of content.layers.entries()) {
    const size = known.get(layer.digest);
    if (size !== undefined) sizes[layer.digest] = size;
    else if (!unknown.has(layer.digest) && (await isGzip(store, layer))) {
      diffIds ??= await readDiffIds(store, content);
      unknown.set(layer.digest, { layer, diffId: diffIds[at] ?? "" });
    }
  }
  const packed = [...unknown.values()].reduce((sum, { layer }) => sum + layer.size, 0);
  if (unknown.size > 0) onMeasure(packed);
  const sweep = new MemorySweep(packed);
  for (const { layer, diffId } of unknown.values()) {
    sizes[layer.digest] = await measured(store, layer, diffId, sweep);
  }
  return sizes;
}

/** What the images of a store tell, those of former channels too. */
async function knownSizes(store: Store): Promise<ReadonlyMap<string, number>> {
  const channels = await Promise.all((await store.channels()).map((name) => store.images(name)));
  const images = [...channels.flat(), ...(await store.former())];
  return new Map(images.flatMap(({ unpacked = {} }) => Object.entries(unpacked)));
}

/** As engines find it out, whatever the layer's media type is. @see https://www.rfc-editor.org/rfc/rfc1952#page-6 */
async function isGzip(store: Store, { digest }: Descriptor): Promise<boolean> {
  const path = store.blobPath(digest);
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  return onDisk(path, async () => {
    const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const { buffer } = await file.read(Buffer.alloc(3), 0, 3, 0);
      return buffer.equals(GZIP);
    } finally {
      await file.close();
    }
  });
}

const GZIP = Buffer.from([0x1f, 0x8b, 0x08]);

async function measured(
  store: Store,
  layer: Descriptor,
  diffId: string,
  sweep: MemorySweep,
): Promise<number> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const piece of unpackedStream(blobStream(store, layer), layer.digest, sweep)) {
    hash.update(piece);
    size += piece.length;
  }
  const digest = `sha256:${hash.digest("hex")}`;
  if (digest === diffId) return size;
  throw new DamagedBlob(
    `${layer.digest} is ${digest} unpacked, and ${diffId} by the image's configuration: engines refuse it; publish the image anew`,
  );
}
