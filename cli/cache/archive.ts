import tar from "tar-stream";
import { type Descriptor, OCI_INDEX } from "../../oci/media-types.ts";
import { parseImageReference } from "../../rules/image-reference.ts";

/** What an archive holds. */
export interface ArchivedImage {
  /** The image's manifest, or the index of its platforms: what `index.json` leads to. */
  readonly descriptor: Descriptor;
  readonly config: Descriptor;
  /** In the image's order; equal ones as often as the image has them. */
  readonly layers: readonly Descriptor[];
  /** Every blob that the archive brings, each once. A layer that is not among them must be in the engine already. */
  readonly blobs: readonly Descriptor[];
  /** What the engine shall call it: `host/path:tag`. */
  readonly names: readonly string[];
}

/**
 * The entries before the blobs. Both forms are there because engines read one each: a classic engine `manifest.json` alone,
 * with layers that may be compressed and be anywhere in the archive; the containerd image store `oci-layout` and `index.json`
 * wherever there are both, an image for each descriptor, by the name of its annotation.
 * @see https://github.com/moby/moby/blob/v20.10.24/image/tarexport/load.go#L28
 * @see https://github.com/containerd/containerd/blob/v2.1.4/core/images/archive/importer.go#L60
 */
export function archiveHead({
  descriptor,
  config,
  layers,
  names,
}: ArchivedImage): readonly Entry[] {
  const { mediaType, digest, size } = descriptor;
  const named = names.map((name) => ({
    "io.containerd.image.name": name,
    "org.opencontainers.image.ref.name": parseImageReference(name).tag ?? "",
  }));
  const manifests =
    named.length === 0
      ? [{ mediaType, digest, size }]
      : named.map((annotations) => ({ mediaType, digest, size, annotations }));
  const images = [
    { Config: blobName(config), RepoTags: names, Layers: layers.map((layer) => blobName(layer)) },
  ];
  return [
    jsonEntry("oci-layout", { imageLayoutVersion: "1.0.0" }),
    jsonEntry("index.json", { schemaVersion: 2, mediaType: OCI_INDEX, manifests }),
    jsonEntry("manifest.json", images),
  ];
}

/** A small file of an archive. */
export interface Entry {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Bytes of what a tar file consists of. */
const BLOCK = 512;

/** Of every entry, so that equal images make equal archives. */
const FILE = { mode: 0o644, mtime: new Date(0) };

/**
 * The archive piece by piece, made while it is read. A piece may be written over when the next one is asked for.
 * @param open a blob's bytes, of which the same holds
 */
export async function* packArchive(
  image: ArchivedImage,
  open: (blob: Descriptor) => AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  for (const { name, bytes } of archiveHead(image)) {
    yield await entryHeader(name, bytes.length);
    yield Buffer.concat([bytes, paddingAfter(bytes.length)]);
  }
  for (const blob of image.blobs) {
    yield await entryHeader(blobName(blob), blob.size);
    yield* open(blob);
    yield paddingAfter(blob.size);
  }
  yield END;
}

const END = Buffer.alloc(2 * BLOCK);

/** The block before an entry; the library's own stream of a whole archive would keep pieces of blobs beyond their turn. */
async function entryHeader(name: string, size: number): Promise<Uint8Array> {
  const pack = tar.pack();
  pack.entry({ ...FILE, name, size });
  for await (const block of pack) return block as Buffer;
  throw new Error(`no header of ${name}`);
}

function paddingAfter(size: number): Buffer {
  return END.subarray(0, (BLOCK - (size % BLOCK)) % BLOCK);
}

/** The bytes before the blobs: an archive that begins with them, and was written whole, is of this image and these names. */
export async function archiveBeginning(image: ArchivedImage): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of packArchive({ ...image, blobs: [] }, noBlob)) {
    pieces.push(Buffer.from(piece));
  }
  return Buffer.concat(pieces).subarray(0, -2 * BLOCK);
}

function noBlob(): never {
  throw new Error("an archive without blobs opens none");
}

/** How many bytes the archive has: each entry in whole blocks after one of its own, and two at the end. */
export function archiveSize(image: ArchivedImage): number {
  const sizes = [
    ...archiveHead(image).map(({ bytes }) => bytes.length),
    ...image.blobs.map(({ size }) => size),
  ];
  return sizes.reduce((sum, size) => sum + BLOCK + Math.ceil(size / BLOCK) * BLOCK, 2 * BLOCK);
}

function blobName({ digest }: Descriptor): string {
  return `blobs/${digest.replace(":", "/")}`;
}

function jsonEntry(name: string, value: unknown): Entry {
  return { name, bytes: Buffer.from(JSON.stringify(value)) };
}
