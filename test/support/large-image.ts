/*
 * Images of any size in a registry on this machine, made at the speed of its disk and of gzip, and the same bytes wherever they are
 * made. They hold no program: they are for being moved.
 *
 *   const layers = new LayerFiles(folder);
 *   const image = await pushLargeImage(repository, layers, largeImage("jammy", 2048));
 *
 * An image has ten layers, of sizes and contents that were chosen after what a ROCm image for CI installs step by step: small
 * ones at both ends, and two thirds of its bytes in a few. Half of the bytes as stored are "archive": GPU code objects and
 * what else was compressed when it was built, which gzip makes no smaller. "libraries" shrinks to a third and "files", text
 * and headers in files of 24 KiB, to a little over a quarter. A registry's copy is thus about 0.5 of the unpacked image.
 */
import { createCipheriv, createHash, type Hash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import pLimit from "p-limit";
import tar from "tar-stream";
import { sha256 } from "../../oci/digest.ts";
import { OCI_MANIFEST, type Descriptor } from "../../oci/media-types.ts";
import type { RepositoryClient } from "../../oci/registries.ts";
import { manifestOf } from "../integration/oci/sample-image.ts";

const MEBIBYTE = 1024 * 1024;
const PAGE = 4096;

interface Kind {
  /** Of each page of 4096 bytes, how many are like no others; the rest is found again 32 KiB before it. */
  readonly ownBytes: number;
  readonly fileBytes: number;
}

const KINDS = {
  files: { ownBytes: 1024, fileBytes: 24 * 1024 },
  libraries: { ownBytes: 1365, fileBytes: 32 * MEBIBYTE },
  archive: { ownBytes: PAGE, fileBytes: 8 * MEBIBYTE },
} as const satisfies Record<string, Kind>;

/** A layer that is wanted. Equal ones have equal digests. */
export interface LayerContent {
  /** Any word: another one is another content. */
  readonly seed: string;
  readonly kind: keyof typeof KINDS;
  /** Its size in a registry, about: MiB. */
  readonly mebibytes: number;
}

/** What each of the ten layers has of an image's bytes, from the base on: they add up to 1. */
const LAYERS: readonly (readonly [share: number, kind: keyof typeof KINDS])[] = [
  [0.02, "files"],
  [0.08, "files"],
  [0.12, "files"],
  [0.14, "libraries"],
  [0.28, "archive"],
  [0.18, "archive"],
  [0.08, "libraries"],
  [0.06, "files"],
  [0.035, "archive"],
  [0.005, "files"],
];

/**
 * The layers of an image of about this size.
 * @param mebibytes in a registry
 * @param shared the first so many are those of every image of this size
 */
export function largeImage(
  seed: string,
  mebibytes: number,
  { shared = 0 }: { readonly shared?: number } = {},
): readonly LayerContent[] {
  return LAYERS.map(([share, kind], index) => ({
    seed: `${index < shared ? "shared" : seed} ${index}`,
    kind,
    mebibytes: share * mebibytes,
  }));
}

interface LayerFile {
  readonly path: string;
  readonly descriptor: Descriptor;
  /** Digest of what is unpacked. */
  readonly diffId: string;
}

/** Layers as files of a folder, each made once and two at a time. */
export class LayerFiles {
  readonly #folder: string;
  readonly #made = new Map<string, Promise<LayerFile>>();
  readonly #atOnce = pLimit(2);

  constructor(folder: string) {
    this.#folder = folder;
  }

  async get(content: LayerContent): Promise<LayerFile> {
    const key = createHash("sha256").update(JSON.stringify(content)).digest("hex");
    const made = this.#made.get(key);
    if (made !== undefined) return made;
    const making = this.#atOnce(() => makeLayer(content, join(this.#folder, `${key}.tar.gz`)));
    this.#made.set(key, making);
    return making;
  }
}

async function makeLayer(content: LayerContent, path: string): Promise<LayerFile> {
  const unpacked = createHash("sha256");
  const packed = createHash("sha256");
  // What gzip cannot shrink, it stores.
  const gzip = createGzip({ level: content.kind === "archive" ? 0 : 1, chunkSize: 256 * 1024 });
  const archive = pack(content);
  await pipeline(archive, hashed(unpacked), gzip, hashed(packed), createWriteStream(path));
  return {
    path,
    diffId: `sha256:${unpacked.digest("hex")}`,
    descriptor: {
      mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
      digest: `sha256:${packed.digest("hex")}`,
      size: (await stat(path)).size,
    },
  };
}

function hashed(hash: Hash): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
}

function pack({ seed, kind, mebibytes }: LayerContent): Readable {
  const { ownBytes, fileBytes }: Kind = KINDS[kind];
  const total = Math.max(1, Math.round((mebibytes * MEBIBYTE * PAGE) / ownBytes / fileBytes));
  const archive = tar.pack();
  const folder = `opt/${createHash("sha256").update(seed).digest("hex").slice(0, 8)}`;
  const write = async (): Promise<void> => {
    const bytes = pages(seed, ownBytes);
    archive.entry({ name: `${folder}/`, type: "directory", mode: 0o755, mtime: new Date(0) });
    for (let index = 0; index < total; index += 1) {
      const header = { name: `${folder}/${index}`, size: fileBytes, mtime: new Date(0) };
      await pipeline(Readable.from(bytes(fileBytes)), archive.entry(header));
    }
    archive.finalize();
  };
  void write().catch((error: unknown) => archive.destroy(error as Error));
  return archive as unknown as Readable;
}

/** Bytes that follow from a seed, of any length, the next ones each time: a cipher's, and in each page some that were before. */
function pages(seed: string, ownBytes: number): (length: number) => Iterable<Buffer> {
  const key = createHash("sha256").update(seed).digest();
  const cipher = createCipheriv("aes-128-ctr", key.subarray(0, 16), key.subarray(16));
  const again = cipher.update(Buffer.alloc(PAGE));
  return function* (length) {
    for (let left = length; left > 0; left -= MEBIBYTE) {
      const bytes = cipher.update(Buffer.alloc(Math.min(left, MEBIBYTE)));
      for (let start = ownBytes; start < bytes.length; start += PAGE) {
        again.copy(bytes, start, ownBytes);
      }
      yield bytes;
    }
  };
}

export interface LargeImage {
  readonly digest: string;
  /** Bytes in the registry: manifest, configuration and layers. */
  readonly size: number;
  readonly layers: readonly Descriptor[];
}

/** Puts an image into a repository, under its digest and the given tags. */
export async function pushLargeImage(
  to: RepositoryClient,
  files: LayerFiles,
  contents: readonly LayerContent[],
  ...tags: readonly string[]
): Promise<LargeImage> {
  const layers = await Promise.all(contents.map((content) => files.get(content)));
  for (const { path, descriptor } of layers) {
    await to.blobs.ensure(descriptor, { open: async () => createReadStream(path) });
  }
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === "arm64" ? "arm64" : "amd64",
      os: "linux",
      rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    }),
  );
  const described = {
    mediaType: "application/vnd.oci.image.config.v1+json",
    digest: sha256(config),
    size: config.length,
  };
  await to.blobs.ensure(described, { open: async () => Readable.from([config]) });
  const descriptors = layers.map(({ descriptor }) => descriptor);
  const manifest = manifestOf(OCI_MANIFEST, {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: described,
    layers: descriptors,
  });
  for (const reference of [manifest.digest, ...tags]) await to.manifests.put(reference, manifest);
  const sizes = [manifest.bytes.length, config.length, ...descriptors.map(({ size }) => size)];
  return {
    digest: manifest.digest,
    size: sizes.reduce((sum, size) => sum + size, 0),
    layers: descriptors,
  };
}
