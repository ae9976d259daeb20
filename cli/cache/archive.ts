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

/** A file of an archive. */
export interface ArchiveFile {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** Its content, piece by piece. A piece may be written over when the next one is asked for. */
  readonly bytes: () => AsyncIterable<Uint8Array>;
}

/**
 * The files of an archive in both forms, because engines read one each: a classic engine `manifest.json` alone, with layers that
 * may be compressed and be anywhere in the archive; the containerd image store `oci-layout` and `index.json` wherever there are
 * both, an image for each descriptor, by the name of its annotation.
 * @param open a blob's bytes
 * @see https://github.com/moby/moby/blob/v20.10.24/image/tarexport/load.go#L28
 * @see https://github.com/containerd/containerd/blob/v2.1.4/core/images/archive/importer.go#L60
 */
export function archiveFiles(
  image: ArchivedImage,
  open: (blob: Descriptor) => AsyncIterable<Uint8Array>,
): readonly ArchiveFile[] {
  return [
    ...headFiles(image),
    ...image.blobs.map((blob) => ({
      name: blobFile(blob.digest),
      size: blob.size,
      bytes: () => open(blob),
    })),
  ];
}

function headFiles({ descriptor, config, layers, names }: ArchivedImage): readonly ArchiveFile[] {
  const { mediaType, digest, size } = descriptor;
  const named = names.map((name) => ({
    "io.containerd.image.name": name,
    "org.opencontainers.image.ref.name": parseImageReference(name).tag ?? "",
  }));
  const manifests =
    named.length === 0
      ? [{ mediaType, digest, size }]
      : named.map((annotations) => ({ mediaType, digest, size, annotations }));
  const paths = layers.map((layer) => blobFile(layer.digest));
  return [
    jsonFile("oci-layout", { imageLayoutVersion: "1.0.0" }),
    jsonFile("index.json", { schemaVersion: 2, mediaType: OCI_INDEX, manifests }),
    dockerManifest(config, names, paths),
  ];
}

/**
 * The file that a classic engine reads.
 * @param layers the file of each layer in the archive, in the image's order
 */
export function dockerManifest(
  config: Descriptor,
  names: readonly string[],
  layers: readonly string[],
): ArchiveFile {
  const image = { Config: blobFile(config.digest), RepoTags: names, Layers: layers };
  return jsonFile("manifest.json", [image]);
}

/** Where an archive has the content of a digest. */
export function blobFile(digest: string): string {
  return `blobs/${digest.replace(":", "/")}`;
}

/** Bytes of what a tar file consists of. */
const BLOCK = 512;

/** Of every entry, so that equal images make equal archives. */
const FILE = { mode: 0o644, mtime: new Date(0) };

/** The archive piece by piece, made while it is read. A piece may be written over when the next one is asked for. */
export async function* packArchive(files: readonly ArchiveFile[]): AsyncIterable<Uint8Array> {
  for (const { name, size, bytes } of files) {
    yield await entryHeader(name, size);
    yield* bytes();
    yield paddingAfter(size);
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
  for await (const piece of packArchive(headFiles(image))) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces).subarray(0, -2 * BLOCK);
}

/** How many bytes the archive has: each entry in whole blocks after one of its own, and two at the end. */
export function archiveSize(files: readonly Pick<ArchiveFile, "size">[]): number {
  return files.reduce((sum, { size }) => sum + BLOCK + Math.ceil(size / BLOCK) * BLOCK, 2 * BLOCK);
}

function jsonFile(name: string, value: unknown): ArchiveFile {
  const bytes = Buffer.from(JSON.stringify(value));
  return {
    name,
    size: bytes.length,
    bytes: async function* () {
      yield bytes;
    },
  };
}
