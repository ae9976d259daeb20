import { type ArchiveFile, blobFile, dockerManifest } from "../archive.ts";
import { blobStream } from "../blob-stream.ts";
import { MemorySweep } from "../download/memory-sweep.ts";
import { DamagedBlob } from "../store/damaged-blob.ts";
import type { Store } from "../store/store.ts";
import { unpackedStream } from "../unpacked-stream.ts";
import type { OpenImage } from "./open-image.ts";

/**
 * The files of an archive for a classic engine, as `docker save` makes it: with layers unpacked, where it is known how large they
 * are. The engine would unpack them itself, slower, and one after the other with writing them.
 * @param there how many of the first layers are left out, as the engine has them
 */
export function classicArchive(
  store: Store,
  { image, content, diffIds }: Pick<OpenImage, "image" | "content" | "diffIds">,
  names: readonly string[],
  there: number,
): readonly ArchiveFile[] {
  const { config } = content;
  const sizes = content.layers.slice(there).map(({ digest }) => image.unpacked?.[digest] ?? 0);
  const sweep = new MemorySweep(sizes.reduce((sum, size) => sum + size, 0));
  const layers = content.layers.map((layer, at): ArchiveFile => {
    const size = image.unpacked?.[layer.digest];
    const bytes = () => blobStream(store, layer);
    const diffId = diffIds[at];
    if (size === undefined || diffId === undefined) {
      return { name: blobFile(layer.digest), size: layer.size, bytes };
    }
    return {
      name: blobFile(diffId),
      size,
      bytes: () => ofSize(unpackedStream(bytes(), layer.digest, sweep), size, layer.digest),
    };
  });
  const sent = new Map(layers.slice(there).map((file) => [file.name, file]));
  return [
    dockerManifest(
      config,
      names,
      layers.map(({ name }) => name),
    ),
    { name: blobFile(config.digest), size: config.size, bytes: () => blobStream(store, config) },
    ...sent.values(),
  ];
}

/** An archive tells the size before the content. */
async function* ofSize(
  unpacked: AsyncIterable<Uint8Array>,
  size: number,
  digest: string,
): AsyncIterable<Uint8Array> {
  let length = 0;
  for await (const piece of unpacked) {
    length += piece.length;
    if (length > size) break;
    yield piece;
  }
  if (length !== size) {
    throw new DamagedBlob(`${digest} has not ${size} bytes unpacked, as the store says of it`);
  }
}
