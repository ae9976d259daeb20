import { deepEqual, equal, rejects } from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { packArchive } from "../../../cli/cache/archive.ts";
import { classicArchive } from "../../../cli/cache/load/classic-archive.ts";
import { openImage } from "../../../cli/cache/load/open-image.ts";
import { Store } from "../../../cli/cache/store/store.ts";
import { unpackedSizes } from "../../../cli/cache/unpacked-sizes.ts";
import { sha256 } from "../../../oci/digest.ts";
import { OCI_MANIFEST } from "../../../oci/media-types.ts";
import {
  bytesOf,
  type Content,
  content,
  jsonContent,
  OCI_CONFIG,
  OCI_LAYER,
  putSample,
  sampleImage,
  type SampleImage,
} from "./store/support/sample-image.ts";

/** More than what is read and unpacked at once. */
const LARGE = Buffer.concat([bytesOf("large", 3_000_000), Buffer.alloc(2_000_000)]);
const SMALL = bytesOf("small", 700);
const PLAIN = content(OCI_LAYER, bytesOf("no gzip", 900));

describe("the layers of an image, unpacked", () => {
  let folder: string;
  let store: Store;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "unpacked-"));
    store = await Store.create(folder);
  });
  afterEach(() => rm(folder, { recursive: true }));

  const large = content(OCI_LAYER, gzipSync(LARGE));
  const small = content(OCI_LAYER, gzipSync(SMALL));
  const sample = imageOf([large, PLAIN, small], [sha256(LARGE), digestOf(PLAIN), sha256(SMALL)]);
  const sizes = { [digestOf(large)]: LARGE.length, [digestOf(small)]: SMALL.length };

  const put = (of: SampleImage) => putSample(store, of, LARGE.length);

  async function measured(of: SampleImage) {
    const told: number[] = [];
    const unpacked = await unpackedSizes(store, of.image, (packed) => told.push(packed));
    return { unpacked, told };
  }

  it("are measured once, and not again when any image of the store tells", async () => {
    await put(sample);
    const packed = large.bytes.length + small.bytes.length;
    deepEqual(await measured(sample), { unpacked: sizes, told: [packed] });
    const line = { ...sample.image, channel: "release/2.10", unpacked: sizes };
    await put({ ...sample, image: line });
    deepEqual(await measured(sample), { unpacked: sizes, told: [] });
    deepEqual((await store.images("release/2.10"))[0]?.unpacked, sizes);
  });

  it("are refused when they are others than the configuration says, or no whole gzip", async () => {
    const other = imageOf([small], [sha256(LARGE)]);
    await put(other);
    await rejects(measured(other), /is sha256:.* unpacked, and sha256:.* by the image's/);
    const cut = content(OCI_LAYER, large.bytes.subarray(0, -100));
    const broken = imageOf([cut], [sha256(LARGE)]);
    await put(broken);
    await rejects(measured(broken), /cannot be unpacked: unexpected end of file/);
  });

  it("are sent to a classic engine, those that are not gzip as they are, and none that it has", async () => {
    await put({ ...sample, image: { ...sample.image, unpacked: sizes } });
    const config = sample.blobs.find(({ descriptor }) => descriptor.mediaType === OCI_CONFIG)!;
    const files = [
      [digestOf(config), config.bytes],
      [sha256(LARGE), LARGE],
      [digestOf(PLAIN), PLAIN.bytes],
      [sha256(SMALL), SMALL],
    ] as const;
    deepEqual(await sent(0), new Map(files));
    deepEqual(await sent(1), new Map(files.filter(([digest]) => digest !== sha256(LARGE))));
  });

  it("are sent packed where their size is not known", async () => {
    await put(sample);
    const layers = [...(await sent(0)).values()].slice(1);
    deepEqual(layers, [large.bytes, PLAIN.bytes, small.bytes]);
    equal(gunzipSync(layers[2]!).equals(SMALL), true);
  });

  it("are not sent to their end when a layer is damaged, or of another size than was measured", async () => {
    const lies = { ...sizes, [digestOf(small)]: SMALL.length + 1 };
    await put({ ...sample, image: { ...sample.image, unpacked: lies } });
    await rejects(sent(0), { name: "DamagedBlob", message: /has not 701 bytes unpacked/ });
    await put({ ...sample, image: { ...sample.image, unpacked: sizes } });
    const damaged = Buffer.from(large.bytes);
    damaged[damaged.length >> 1]! ^= 1;
    await writeFile(store.blobPath(digestOf(large)), damaged);
    await rejects(sent(0), { name: "DamagedBlob" });
  });

  it("are closed when nobody takes more of them", async () => {
    await put({ ...sample, image: { ...sample.image, unpacked: sizes } });
    const [image] = await store.images("main");
    const open = await openImage(store, image!);
    const layer = classicArchive(store, open!, [], 0)[2]!;
    let taken = 0;
    for await (const piece of layer.bytes()) {
      taken = piece.length;
      break;
    }
    await open?.release();
    equal(taken > 0 && taken < LARGE.length, true);
  });

  /** The content of the files of an archive by digest, which is read as an engine reads it. */
  async function sent(there: number): Promise<ReadonlyMap<string, Buffer>> {
    const [image] = await store.images("main");
    const open = await openImage(store, image!);
    try {
      const pieces: Buffer[] = [];
      const files = classicArchive(store, open!, ["localhost/a:b"], there);
      for await (const piece of packArchive(files)) pieces.push(Buffer.from(piece));
      const archive = Buffer.concat(pieces);
      let at = 0;
      const contents = files.map(({ name, size }) => {
        const bytes = archive.subarray(at + 512, at + 512 + size);
        at += 512 + Math.ceil(size / 512) * 512;
        return [name.replace("blobs/sha256/", "sha256:"), bytes] as const;
      });
      const [[, manifest], ...others] = contents as [(typeof contents)[number], ...typeof contents];
      const [{ Config, Layers }] = JSON.parse(manifest.toString()) as [
        { readonly Config: string; readonly Layers: readonly string[] },
      ];
      const named = [Config, ...Layers.slice(there)].map((name) =>
        name.replace("blobs/sha256/", "sha256:"),
      );
      deepEqual(
        others.map(([name]) => name),
        named,
      );
      return new Map(others);
    } finally {
      await open?.release();
    }
  }
});

function digestOf({ descriptor }: Content): string {
  return descriptor.digest;
}

function imageOf(layers: readonly Content[], diffIds: readonly string[]): SampleImage {
  const config = jsonContent(OCI_CONFIG, { rootfs: { type: "layers", diff_ids: diffIds } });
  const manifest = jsonContent(OCI_MANIFEST, {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: config.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
  });
  const { image } = sampleImage();
  const { digest } = manifest.descriptor;
  const references = { "ghcr.io": `ghcr.io/pytorch/ci-image@${digest}` };
  const own = { ...image, descriptor: manifest.descriptor, references };
  return { image: own, blobs: [...layers, config, manifest] };
}
