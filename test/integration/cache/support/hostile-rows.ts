/* Images and lists that somebody made to break the cache, given by registries that answer whatever they are told to. */
import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Descriptor, OCI_INDEX, OCI_MANIFEST } from "../../../../oci/media-types.ts";
import { CacheBench, digestsOf, FAMILY } from "./cache-bench.ts";
import { randomContent } from "./content.ts";
import { type FaultRow, readersSaw, shortly } from "./fault-row.ts";
import { indexed } from "./store-image.ts";
import {
  descriptorOf,
  give,
  type Manifest,
  sampleImage,
  type SampleImage,
} from "./sample-images.ts";

/** A manifest by which somebody lies, and what else is put on the registries with it. */
export interface HostileImage {
  readonly name: string;
  /** Whether nothing is wrong with keeping it, as long as it is whole. */
  readonly mayBeTaken?: boolean;
  make(bench: CacheBench): Promise<SampleImage>;
}

const EVIL = "/not-to-be-asked";
const FOREIGN = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";

/** Another manifest over the blobs of a common image. */
function manifest(name: string, change: (manifest: Manifest, host: string) => unknown) {
  return {
    name,
    make: async (bench: CacheBench): Promise<SampleImage> =>
      sampleImage(
        [randomContent(`hostile ${name}`, 200_000), randomContent(`other ${name}`, 1000)],
        (whole) => change(whole, bench.ecr.host),
      ),
  };
}

function withLayer(change: (layer: Descriptor, host: string) => object) {
  return (whole: Manifest, host: string): Manifest => ({
    ...whole,
    layers: whole.layers.map((layer, index) =>
      index === 0 ? { ...layer, ...change(layer, host) } : layer,
    ),
  });
}

/** An image whose manifest is these bytes, of whatever kind. */
function ofBytes(mediaType: string, bytes: Buffer): SampleImage {
  const none = { mediaType: "", digest: "", size: 0 };
  return {
    manifest: descriptorOf(mediaType, bytes),
    manifestBytes: bytes,
    config: none,
    layers: [],
    blobs: new Map(),
  };
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const index = (...manifests: readonly object[]): Buffer =>
  json({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
const platform = { os: "linux", architecture: process.arch === "arm64" ? "arm64" : "amd64" };

/** Each is refused, or kept whole where it may be; of one that is refused the image that was there stays. */
export const HOSTILE_IMAGES: readonly HostileImage[] = [
  manifest(
    "a layer said to be larger than it is",
    withLayer(({ size }) => ({ size: size + 1 })),
  ),
  manifest(
    "a layer said to be smaller than it is",
    withLayer(({ size }) => ({ size: size - 1 })),
  ),
  manifest(
    "a layer said to be of -1 bytes",
    withLayer(() => ({ size: -1 })),
  ),
  manifest(
    "a layer said to be of 2^60 bytes",
    withLayer(() => ({ size: 2 ** 60 })),
  ),
  manifest(
    "a layer said to be of 2^50 bytes",
    withLayer(() => ({ size: 2 ** 50 })),
  ),
  manifest(
    "a layer said to be of 1.5 bytes",
    withLayer(() => ({ size: 1.5 })),
  ),
  manifest(
    "a layer whose digest is a path",
    withLayer(() => ({ digest: `sha256:../../../../${"a".repeat(52)}` })),
  ),
  manifest(
    "a layer whose digest is of another kind",
    withLayer(() => ({ digest: `sha512:${"a".repeat(128)}` })),
  ),
  manifest(
    "a layer to be had from elsewhere",
    withLayer((_, host) => ({ mediaType: FOREIGN, urls: [`http://${host}${EVIL}`] })),
  ),
  manifest("10,000 layers", (whole) => ({
    ...whole,
    layers: Array.from({ length: 10_000 }, () => whole.layers[0]),
  })),
  manifest("a manifest of 5 MB", (whole) => ({
    ...whole,
    annotations: { filler: "x".repeat(5_000_000) },
  })),
  manifest("no configuration", ({ schemaVersion, mediaType, layers }) => ({
    schemaVersion,
    mediaType,
    layers,
  })),
  {
    ...manifest("a configuration that is a layer", (whole) => ({
      ...whole,
      config: whole.layers[0],
    })),
    mayBeTaken: true,
  },
  {
    ...manifest("layers of an unknown media type", (whole) => ({
      ...whole,
      layers: whole.layers.map((layer) => ({ ...layer, mediaType: "text/x-shellscript" })),
    })),
    mayBeTaken: true,
  },
  {
    ...manifest(
      "an ordinary layer that names an address",
      withLayer((_, host) => ({ urls: [`http://${host}${EVIL}`] })),
    ),
    mayBeTaken: true,
  },
  {
    name: "no JSON",
    make: async () => ofBytes(OCI_MANIFEST, Buffer.from("<html>Please log in</html>")),
  },
  {
    name: "JSON nested 100,000 deep",
    make: async () => ofBytes(OCI_MANIFEST, Buffer.from("[".repeat(100_000))),
  },
  {
    name: "a manifest of an unknown media type",
    make: async () =>
      ofBytes(
        "application/vnd.example.thing.v7+json",
        json({ schemaVersion: 2, mediaType: "application/vnd.example.thing.v7+json", things: [] }),
      ),
  },
  {
    name: "an index that lists itself, of a registry that answers all digests alike",
    make: async (bench) => {
      const digest = `sha256:${"5e1f".repeat(16)}`;
      const bytes = index({ mediaType: OCI_INDEX, digest, size: 300, platform });
      for (const registry of bench.registries) registry.putManifest(digest, OCI_INDEX, bytes);
      return ofBytes(OCI_INDEX, bytes);
    },
  },
  {
    name: "an index whose other platform is a layer of the image",
    mayBeTaken: true,
    make: async (bench) => {
      const inner = await sampleImage([
        randomContent("hostile in an index", 200_000),
        randomContent("other in an index", 1000),
      ]);
      give(inner, bench.registries);
      const other = { os: "linux", architecture: "s390x" };
      const entries = [
        { ...inner.manifest, platform },
        { ...inner.layers[1], platform: other },
      ];
      return ofBytes(OCI_INDEX, index(...entries));
    },
  },
  {
    name: "an index 100 levels deep",
    make: async (bench) => {
      let { manifest: inner, manifestBytes: bytes } = await sampleImage([]);
      for (let level = 0; level < 100; level += 1) {
        for (const registry of bench.registries) {
          registry.putManifest(inner.digest, inner.mediaType, bytes);
        }
        bytes = index({ ...inner, platform });
        inner = descriptorOf(OCI_INDEX, bytes);
      }
      return ofBytes(OCI_INDEX, bytes);
    },
  },
  {
    name: "an index without this machine's platform",
    make: async (bench) => {
      const { manifest: other, manifestBytes: bytes } = await sampleImage([]);
      for (const registry of bench.registries) {
        registry.putManifest(other.digest, other.mediaType, bytes);
      }
      return ofBytes(
        OCI_INDEX,
        index({ ...other, platform: { os: "plan9", architecture: "mips" } }),
      );
    },
  },
];

/** A list that somebody else wrote, made from a good one. */
export interface HostileList {
  readonly name: string;
  readonly change: (text: string, host: string) => string;
}

/** Each is refused as a whole. */
export const HOSTILE_LISTS: readonly HostileList[] = [
  { name: "an accelerator ../../x", change: (text) => text.replace('"a":', '"../../x":') },
  { name: "an accelerator with a line break", change: (text) => text.replace('"a":', '"a\\nb":') },
  { name: "a family ..", change: (text) => text.replace('"ci-image":', '"..":') },
  { name: "a channel ../main", change: (text) => text.replace('"main"', '"../main"') },
  {
    name: "a digest that is a path",
    change: (text) => text.replaceAll(/sha256:[0-9a-f]{64}/g, `sha256:${"../".repeat(21)}a`),
  },
  {
    name: "another registry",
    change: (text, host) => text.replaceAll(host, "registry.example"),
  },
  {
    name: "another repository",
    change: (text) => text.replaceAll("pytorch/ci-image@", "pytorch/other@"),
  },
  {
    name: "a path above the repository",
    change: (text) => text.replaceAll("pytorch/ci-image@", "pytorch/../evil/ci-image@"),
  },
  {
    name: "another project's list",
    change: (text) => text.replace('"pytorch/pytorch"', '"evil/pytorch"'),
  },
  { name: "another channel's list", change: (text) => text.replace('"main"', '"release/2.9"') },
  { name: "an unknown key", change: (text) => text.replace("{", '{ "run": "$(id)",') },
  { name: "a list of 5 MB", change: (text) => text + " ".repeat(5_000_000) },
  { name: "no JSON", change: () => "a=$(touch /tmp/x)\n" },
];

/** A store with two images and its readers, at which hostile ones are thrown one after the other. */
export class HostileBench {
  readonly bench: CacheBench;

  private constructor(bench: CacheBench) {
    this.bench = bench;
  }

  static async start(): Promise<HostileBench> {
    const bench = await CacheBench.start();
    await bench.publish("main", { a: await bench.newImage(), b: await bench.newImage() });
    await bench.healthy(bench.refreshing("main"));
    await bench.read();
    return new HostileBench(bench);
  }

  stop(): Promise<void> {
    return this.bench.stop();
  }

  /** One image of two is hostile: it is refused, and the other one comes. */
  async image(hostile: HostileImage): Promise<Omit<FaultRow, "name">> {
    const { bench } = this;
    const last = await this.#begin();
    const images = { a: await hostile.make(bench), b: await bench.newImage(100_000) };
    await bench.publish("main", images);
    const ended = await bench.run(bench.refreshing("main"));
    const isTaken = hostile.mayBeTaken === true && ended.error === undefined;
    assert.ok(isTaken || ended.error !== undefined, "it was taken");
    const expected = new Set([
      isTaken ? images.a.manifest.digest : last.get(`${FAMILY}/a`)!,
      images.b.manifest.digest,
    ]);
    return this.#ended(new Set(last.values()), expected, ended);
  }

  /** The whole list is refused, before any registry is asked. */
  async list(hostile: HostileList): Promise<Omit<FaultRow, "name">> {
    const { bench } = this;
    const last = new Set((await this.#begin()).values());
    await bench.publish("main", { a: await bench.newImage(), b: await bench.newImage() });
    const run = bench.refreshing("main");
    const text = await readFile(run.list, "utf8");
    const changed = hostile.change(text, bench.ecr.host);
    assert.notEqual(changed, text);
    await writeFile(run.list, changed);
    const ended = await bench.run(run);
    for (const { seen } of bench.registries) assert.deepEqual(seen, [], "a registry was asked");
    assert.ok(ended.error !== undefined, "the list was taken");
    return this.#ended(last, last, ended);
  }

  /** What the channel has, by label. */
  async #begin(): Promise<ReadonlyMap<string, string>> {
    const { bench } = this;
    // Whatever readers saw in a row that was lost is told there.
    await bench.seen().catch(() => undefined);
    for (const registry of bench.registries) registry.reset();
    return indexed(bench.store, "main");
  }

  /** @param expected what the channel has now */
  async #ended(
    last: ReadonlySet<string>,
    expected: ReadonlySet<string>,
    { error }: { readonly error?: string },
  ): Promise<Omit<FaultRow, "name">> {
    const { bench } = this;
    const asked = bench.registries.flatMap(({ seen }) => seen.map(({ url }) => url));
    assert.deepEqual(
      asked.filter((url) => url.includes(EVIL)),
      [],
    );
    const { digests, rounds } = await bench.seen();
    const readers = readersSaw(digests, last, expected);
    assert.deepEqual((await bench.seen()).digests, expected);
    assert.deepEqual(await readdir(bench.folder), ["lists", "store"], "something is elsewhere");
    assert.deepEqual(await readdir(join(bench.store, "channels")), ["main"]);

    await bench.healthy(bench.collecting());
    await bench.clean();

    await bench.publish("main", { a: await bench.newImage(), b: await bench.newImage() });
    await bench.healthy(bench.refreshing("main"));
    await bench.seen();
    assert.deepEqual((await bench.seen()).digests, digestsOf(bench.published.get("main")));
    await bench.healthy(bench.collecting());
    await bench.clean();
    return { end: error === undefined ? "taken" : shortly(error), readers, rounds };
  }
}
