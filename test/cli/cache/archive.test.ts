import { deepEqual, equal } from "node:assert/strict";
import { Readable } from "node:stream";
import fc from "fast-check";
import tar from "tar-stream";
import {
  type ArchivedImage,
  archiveBeginning,
  archiveFiles,
  archiveSize,
  packArchive,
} from "../../../cli/cache/archive.ts";
import type { Descriptor } from "../../../oci/media-types.ts";
import { content, OCI_CONFIG, OCI_LAYER } from "./store/support/sample-image.ts";

const NAME = "308535385114.dkr.ecr.us-east-1.amazonaws.com/pytorch/ci-image:cuda12.8-k1";
const GHCR = "ghcr.io/pytorch/ci-image:cuda12.8";

interface Sample {
  readonly image: ArchivedImage;
  readonly bytes: ReadonlyMap<string, Buffer>;
}

const samples: fc.Arbitrary<Sample> = fc
  .record({
    // Around what tar pads.
    layers: fc.uniqueArray(fc.uint8Array({ maxLength: 1100 }), {
      minLength: 1,
      maxLength: 4,
      selector: (bytes) => Buffer.from(bytes).toString("hex"),
    }),
    names: fc.subarray([NAME, GHCR]),
  })
  .map(({ layers, names }) => {
    const manifest = content("application/vnd.oci.image.manifest.v1+json", Buffer.from("manifest"));
    const config = content(OCI_CONFIG, Buffer.from("configuration"));
    const kept = layers.map((bytes) => content(OCI_LAYER, Buffer.from(bytes)));
    const all = [manifest, config, ...kept];
    return {
      image: {
        descriptor: manifest.descriptor,
        config: config.descriptor,
        layers: kept.map(({ descriptor }) => descriptor),
        blobs: all.map(({ descriptor }) => descriptor),
        names,
      },
      bytes: new Map(all.map(({ descriptor, bytes }) => [descriptor.digest, bytes])),
    };
  });

describe("an archive of an image", () => {
  it("holds both forms and every blob whole, and has the size that was told before", async () => {
    await fc.assert(
      fc.asyncProperty(samples, async ({ image, bytes }) => {
        const archive = await packed({ image, bytes });
        equal(archive.length, archiveSize(archiveFiles(image, noBytes)));
        equal((await archiveBeginning(image)).equals(archive.subarray(0, -after(image))), true);

        const files = await unpacked(archive);
        deepEqual([...files.keys()].slice(0, 3), ["oci-layout", "index.json", "manifest.json"]);
        for (const [digest, expected] of bytes) {
          deepEqual(files.get(`blobs/${digest.replace(":", "/")}`), expected);
        }
        const [docker] = json(files, "manifest.json") as [Record<string, unknown>];
        deepEqual(docker["RepoTags"], image.names);
        deepEqual(docker["Layers"], image.layers.map(pathOf));
        equal(docker["Config"], pathOf(image.config));
      }),
      { numRuns: 50 },
    );
  });

  it("names the image once for each name in the index that the containerd image store reads", async () => {
    const [{ image, bytes }] = fc.sample(samples, 1) as [Sample];
    const files = await unpacked(await packed({ image: { ...image, names: [NAME, GHCR] }, bytes }));
    const { manifests } = json(files, "index.json") as {
      readonly manifests: readonly (Descriptor & { readonly annotations: object })[];
    };
    deepEqual(
      manifests.map(({ digest, annotations }) => ({ digest, annotations })),
      [
        [NAME, "cuda12.8-k1"],
        [GHCR, "cuda12.8"],
      ].map(([name, tag]) => ({
        digest: image.descriptor.digest,
        annotations: {
          "io.containerd.image.name": name,
          "org.opencontainers.image.ref.name": tag,
        },
      })),
    );
  });

  it("tells the size of a layer above eight gibibytes, where tar's own digits end", async () => {
    const layer = { mediaType: OCI_LAYER, digest: `sha256:${"a".repeat(64)}`, size: 9 * 1024 ** 3 };
    const image = { descriptor: layer, config: layer, layers: [layer], blobs: [layer], names: [] };
    const extract = tar.extract();
    const sizes: (number | undefined)[] = [];
    extract.on("entry", (header, stream, next) => {
      sizes.push(header.size);
      stream.resume();
      if (sizes.length < 4) stream.on("end", () => next());
      else extract.destroy();
    });
    const files = archiveFiles(image, async function* () {
      yield Buffer.alloc(512);
    });
    const archive = packArchive(files);
    await new Promise<void>((closed) => {
      extract.on("close", () => closed()).on("error", () => closed());
      Readable.from(archive).pipe(extract);
    });
    equal(sizes[3], layer.size);
  });
});

/** Bytes of an archive behind what is the same for all with its names. */
function after(image: ArchivedImage): number {
  const size = (blobs: readonly Descriptor[]) =>
    archiveSize(archiveFiles({ ...image, blobs }, noBytes));
  return size(image.blobs) - size([]) + 1024;
}

async function packed({ image, bytes }: Sample): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const files = archiveFiles(image, async function* ({ digest }) {
    yield bytes.get(digest)!;
  });
  for await (const piece of packArchive(files)) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

function noBytes(): never {
  throw new Error("sizes are told without opening a blob");
}

async function unpacked(archive: Buffer): Promise<ReadonlyMap<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const extract = tar.extract();
  extract.end(archive);
  for await (const entry of extract) {
    const pieces: Buffer[] = [];
    for await (const piece of entry) pieces.push(piece as Buffer);
    files.set(entry.header.name, Buffer.concat(pieces));
  }
  return files;
}

function json(files: ReadonlyMap<string, Buffer>, name: string): unknown {
  return JSON.parse(files.get(name)!.toString());
}

function pathOf({ digest }: Descriptor): string {
  return `blobs/${digest.replace(":", "/")}`;
}
