/* What a refresh brings into a store, from registries that are servers on this machine. */
import assert from "node:assert/strict";
import { readdir, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hostPlatform, contentOf } from "../../../../cli/cache/image-content.ts";
import type { DownloadProgress } from "../../../../cli/cache/download/download-blobs.ts";
import { bytesNeeded, missingBlobs } from "../../../../cli/cache/refresh/free-space.ts";
import type { RefreshedImage } from "../../../../cli/cache/refresh/refresh-images.ts";
import { withSpaceFor } from "../../../../cli/cache/refresh/reserved-space.ts";
import { freeBytes } from "../../../../cli/cache/store/disk-faults.ts";
import { Store } from "../../../../cli/cache/store/store.ts";
import { StorePaths } from "../../../../cli/cache/store/paths.ts";
import { OCI_INDEX } from "../../../../oci/media-types.ts";
import type { WantedImage } from "../../../../rules/cached-list.ts";
import { UserError } from "../../../../rules/problems.ts";
import { randomContent } from "../../../integration/cache/support/content.ts";
import {
  descriptorOf,
  give,
  sampleImage,
} from "../../../integration/cache/support/sample-images.ts";
import { LAYER, RefreshBench } from "./support/refreshed-store.ts";

/** The outcomes by label. */
const outcomes = (refreshed: readonly RefreshedImage[]) =>
  Object.fromEntries(refreshed.map(({ label, outcome }) => [label, outcome]));

describe("a refresh of a store", function () {
  this.timeout(30_000);
  let bench: RefreshBench;
  let rocm: WantedImage;
  let cuda: WantedImage;

  beforeEach(async () => {
    bench = await RefreshBench.start();
    rocm = await bench.give("rocm", ["base", "rocm"]);
    cuda = await bench.give("cuda", ["base", "cuda"]);
  });
  afterEach(() => bench.stop());

  /** The digests of a channel's images by label, each of which is whole. */
  const kept = async (channel = "main") => {
    const images = await bench.store.images(channel);
    for (const image of images) {
      const { all } = await contentOf(bench.store, image);
      assert.deepEqual(await missingBlobs(bench.store, all), []);
    }
    return Object.fromEntries(images.map(({ label, descriptor }) => [label, descriptor.digest]));
  };

  it("brings new images, what they share once, and what is said of each", async () => {
    const [first, second] = await bench.refresh([rocm, cuda]);
    assert.deepEqual(await kept(), { [rocm.label]: rocm.digest, [cuda.label]: cuda.digest });
    assert.deepEqual(outcomes([first!, second!]), { [rocm.label]: "new", [cuda.label]: "new" });
    assert.deepEqual(first!.registries, ["ecr"]);
    assert.equal(bench.ghcr.seen.length, 0);
    const configurations = bench.sent - 3 * LAYER;
    assert.ok(configurations > 0 && configurations < 2000, `${bench.sent} bytes were sent`);
    assert.equal(second!.reused, LAYER);
    assert.ok(first!.fetched + second!.fetched < 3 * LAYER + 4000);
    const { label, contentName, references, names, commit } = rocm;
    const image = (await bench.store.images("main")).find((one) => one.label === label);
    const { descriptor, added, refreshed, unpacked, ...rest } = image!;
    assert.deepEqual(unpacked, {});
    assert.deepEqual(rest, { label, contentName, references, names, commit, channel: "main" });
    assert.ok(descriptor.digest === rocm.digest && Date.parse(refreshed) <= Date.now());
    assert.equal(added, refreshed);
  });

  it("asks nobody when there is nothing to do, in whatever channel the content is", async () => {
    await bench.refresh([rocm]);
    for (const [channel, outcome] of [
      ["main", "unchanged"],
      ["release/2.10", "new"],
    ] as const) {
      const refreshed = await bench.refresh([rocm], { channel });
      assert.deepEqual(outcomes(refreshed), { [rocm.label]: outcome });
      assert.deepEqual([refreshed[0]!.fetched, bench.requests], [0, []]);
      assert.deepEqual(refreshed[0]!.registries, []);
    }
    assert.deepEqual(await kept("release/2.10"), { [rocm.label]: rocm.digest });
  });

  it("takes over what the list says of the same content", async () => {
    await bench.refresh([rocm]);
    const names = [`${bench.ghcr.host}/pytorch/ci-image:rocm`];
    const refreshed = await bench.refresh([{ ...rocm, names, commit: "d".repeat(40) }]);
    assert.deepEqual(outcomes(refreshed), { [rocm.label]: "unchanged" });
    const [image] = await bench.store.images("main");
    assert.deepEqual([image!.names, image!.commit], [names, "d".repeat(40)]);
    assert.deepEqual(await bench.store.former(), []);
  });

  it("notes since when the channel has a content, whenever that is found again", async () => {
    await bench.refresh([rocm]);
    const [first] = await bench.store.images("main");
    await bench.refresh([rocm]);
    const [again] = await bench.store.images("main");
    assert.equal(again!.added, first!.added);
    assert.ok(again!.refreshed > first!.refreshed);
    await bench.refresh([await bench.give("rocm", ["base", "rocm 2"])]);
    const [next] = await bench.store.images("main");
    assert.equal(next!.added, next!.refreshed);
    assert.ok(next!.added > again!.refreshed);
  });

  it("is no use of an image", async () => {
    await bench.refresh([rocm]);
    const path = bench.store.blobPath(rocm.digest);
    await utimes(path, new Date(1000), new Date(2000));
    await bench.refresh([rocm]);
    assert.equal((await stat(path)).atimeMs, 1000);
  });

  it("leaves what a run of a newer list has brought since its own was read", async () => {
    const listRead = Date.now() - 1;
    const next = await bench.give("rocm", ["base", "rocm 2"]);
    await bench.refresh([next]);
    const refreshed = await bench.refresh([rocm, cuda], { listRead });
    assert.deepEqual(outcomes(refreshed), { [rocm.label]: "newer", [cuda.label]: "new" });
    assert.deepEqual(await kept(), { [rocm.label]: next.digest, [cuda.label]: cuda.digest });
    assert.equal(refreshed[0]!.digest, next.digest);
  });

  it("fetches of a changed image the changed layer alone, and keeps the one before aside", async () => {
    await bench.refresh([rocm]);
    const next = await bench.give("rocm", ["base", "rocm 2"]);
    const refreshed = await bench.refresh([next]);
    assert.deepEqual(outcomes(refreshed), { [rocm.label]: "replaced" });
    assert.ok(bench.sent >= LAYER && bench.sent < LAYER + 2000, `${bench.sent} bytes were sent`);
    assert.equal(refreshed[0]!.reused, LAYER);
    const former = await bench.store.former();
    assert.deepEqual(
      former.map(({ descriptor }) => descriptor.digest),
      [rocm.digest],
    );
  });

  it("goes to the next registry when one has no manifest or refuses, and says why", async () => {
    bench.ecr.breaks = () => ({ status: 403 });
    const refreshed = await bench.refresh([rocm]);
    assert.deepEqual(outcomes(refreshed), { [rocm.label]: "new" });
    assert.deepEqual(refreshed[0]!.registries, ["ghcr.io"]);
    assert.match(
      bench.said.join("\n"),
      /^ci-image\/rocm: localhost:\d+\/pytorch\/ci-image is left for localhost:\d+\/pytorch\/ci-image: .*HTTP 403/,
    );
  });

  it("goes to the next registry when one lacks a blob, and says why", async () => {
    bench.ecr.breaks = ({ url }) => (url.includes("/blobs/") ? { status: 404 } : undefined);
    const refreshed = await bench.refresh([rocm]);
    assert.deepEqual(outcomes(refreshed), { [rocm.label]: "new" });
    assert.deepEqual(refreshed[0]!.registries, ["ecr", "ghcr.io"]);
    assert.match(bench.said.join("\n"), /^ci-image\/rocm: .*404/);
    assert.deepEqual(await kept(), { [rocm.label]: rocm.digest });
  });

  it("asks registries in the order that is given, and no other", async () => {
    const [first] = await bench.refresh([rocm], { from: ["ghcr.io", "ecr"] });
    assert.deepEqual([first!.registries, bench.ecr.seen.length], [["ghcr.io"], 0]);
    const [second] = await bench.refresh([cuda], { from: ["docker.io"] });
    assert.equal(second!.outcome, "failed");
    assert.equal(second!.reason, "it is on ecr and ghcr.io, and --from names only docker.io");
    assert.deepEqual(bench.requests, []);
  });

  it("asks no registry for an image that is whole, so that it may be on none of those that are named", async () => {
    await bench.refresh([rocm]);
    const [whole] = await bench.refresh([rocm], { from: ["docker.io"] });
    assert.equal(whole!.outcome, "unchanged");
    const [image] = await bench.store.images("main");
    const { layers } = await contentOf(bench.store, image!);
    await rm(bench.store.blobPath(layers[0]!.digest));
    const [lacking] = await bench.refresh([rocm], { from: ["docker.io"] });
    assert.match(lacking!.reason!, /--from names only docker\.io/);
  });

  it("finds unchanged what another run brought since it planned", async () => {
    const arrived = Promise.withResolvers<undefined>();
    const planned = Promise.withResolvers<undefined>();
    bench.ecr.breaks = async ({ url }) => {
      if (!url.includes("/blobs/")) return undefined;
      arrived.resolve(undefined);
      await planned.promise;
      return undefined;
    };
    const first = bench.refresh([rocm]);
    await arrived.promise;
    // The first one has the image's lock, so that the other one waits when it has planned.
    const waits = await Store.create(bench.store.folder, {
      onWait: () => planned.resolve(undefined),
    });
    const other = bench.refresh([rocm], { store: waits });
    assert.deepEqual(outcomes(await first), { [rocm.label]: "new" });
    const refreshed = await other;
    assert.deepEqual(outcomes(refreshed), { [rocm.label]: "unchanged" });
    assert.deepEqual(await kept(), { [rocm.label]: rocm.digest });
  });

  it("refreshes the others when an image cannot be had, which stays as it was", async () => {
    await bench.refresh([rocm, cuda]);
    const next = await bench.give("cuda", ["base", "cuda 2"]);
    const missing = bench.wanted("rocm", `sha256:${"0".repeat(64)}`);
    const nowhere = { ...bench.wanted("xpu", next.digest), references: {}, repositories: {} };
    const refreshed = await bench.refresh([missing, nowhere, next]);
    assert.deepEqual(outcomes(refreshed), {
      ...{ [rocm.label]: "failed", "ci-image/xpu": "failed", [cuda.label]: "replaced" },
    });
    assert.match(refreshed[0]!.reason!, /get manifest sha256:0+: HTTP 404.*; .*HTTP 404/);
    assert.match(refreshed[1]!.reason!, /the list has it on no registry/);
    assert.deepEqual(await kept(), { [rocm.label]: rocm.digest, [cuda.label]: next.digest });
  });

  it("keeps what is no image out: a document of another type, a layer that is elsewhere", async () => {
    const foreign = await sampleImage([randomContent("foreign", LAYER)], (manifest) => ({
      ...manifest,
      layers: manifest.layers.map((layer) => ({ ...layer, urls: ["https://example.com/layer"] })),
    }));
    give(foreign, [bench.ecr, bench.ghcr]);
    const other = Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: "application/x-other" }),
    );
    const { digest } = descriptorOf("application/x-other", other);
    for (const registry of [bench.ecr, bench.ghcr]) {
      registry.putManifest(digest, "application/x-other", other);
    }
    const refreshed = await bench.refresh([
      bench.wanted("foreign", foreign.manifest.digest),
      bench.wanted("other", digest),
    ]);
    assert.match(refreshed[0]!.reason!, /urls: leads away from the registry/);
    assert.match(
      refreshed[1]!.reason!,
      /is no image: its manifest is of type "application\/x-other"/,
    );
    assert.deepEqual([await kept(), bench.sent], [{}, 0]);
  });

  it("fetches what a kept image lacks, and calls it repaired", async () => {
    await bench.refresh([rocm]);
    const [image] = await bench.store.images("main");
    const { layers, manifest } = await contentOf(bench.store, image!);
    await rm(bench.store.blobPath(layers[1]!.digest));
    const first = await bench.refresh([rocm]);
    assert.deepEqual(outcomes(first), { [rocm.label]: "repaired" });
    assert.equal(bench.sent, LAYER);
    await rm(bench.store.blobPath(manifest.digest));
    const second = await bench.refresh([rocm]);
    assert.deepEqual(outcomes(second), { [rocm.label]: "repaired" });
    assert.deepEqual([bench.sent, await kept()], [0, { [rocm.label]: rocm.digest }]);
  });

  it("brings of an index of platforms this machine's alone", async () => {
    const [architecture = "", variant] = hostPlatform().split("/").slice(1);
    const own = { os: "linux", architecture, ...(variant !== undefined && { variant }) };
    const images = await Promise.all(
      ["own", "other"].map((seed) => sampleImage([randomContent(seed, LAYER)])),
    );
    const index = Buffer.from(
      JSON.stringify({
        ...{ schemaVersion: 2, mediaType: OCI_INDEX },
        manifests: images.map(({ manifest }, at) => ({
          ...manifest,
          platform: at === 0 ? own : { os: "linux", architecture: "s390x" },
        })),
      }),
    );
    const { digest } = descriptorOf(OCI_INDEX, index);
    for (const registry of [bench.ecr, bench.ghcr]) registry.putManifest(digest, OCI_INDEX, index);
    give(images[0]!, [bench.ecr, bench.ghcr]);
    const wanted = bench.wanted("platforms", digest);
    assert.deepEqual(outcomes(await bench.refresh([wanted])), { [wanted.label]: "new" });
    assert.deepEqual(await kept(), { [wanted.label]: digest });
    assert.deepEqual(outcomes(await bench.refresh([wanted])), { [wanted.label]: "unchanged" });
    assert.deepEqual(bench.requests, []);
  });

  describe("of disks", () => {
    it("refuses before the first byte when the reserve would be touched, and says what is missing", async () => {
      const [first] = await bench.refresh([rocm], { reserve: Number.MAX_SAFE_INTEGER / 2 });
      assert.match(
        first!.reason!,
        /: 20\d\.\d kB are to be fetched and .* are to stay free \(--reserve\), and .* are free: .* are missing\. Nothing was fetched\. Make room, e\.g\. by slipway cache gc/,
      );
      assert.equal(bench.sent, 0);
      assert.deepEqual(await kept(), {});
    });

    it("refuses all before the first byte when each would fit, and not all of them", async () => {
      // Sizes beside which it does not matter what other programs do to the disk meanwhile.
      const images = await Promise.all(
        ["one", "two"].map((seed) =>
          sampleImage([randomContent(seed, LAYER)], (manifest) => ({
            ...manifest,
            layers: manifest.layers.map((layer) => ({ ...layer, size: 2 ** 30 })),
          })),
        ),
      );
      for (const image of images) give(image, [bench.ecr, bench.ghcr]);
      const wanted = images.map(({ manifest }, at) => bench.wanted(`large${at}`, manifest.digest));
      const reserve = (await freeBytes(bench.folder)) - 1.5 * 2 ** 30;
      await assert.rejects(bench.refresh(wanted, { reserve }), (error: unknown) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, /: 2\.1 GB are to be fetched and /);
        return true;
      });
      assert.deepEqual([bench.sent, await kept()], [0, {}]);
    });

    it("refuses an image alone that says it is larger than the disk", async () => {
      const lie = await sampleImage([randomContent("lie", LAYER)], (manifest) => ({
        ...manifest,
        layers: manifest.layers.map((layer) => ({ ...layer, size: 2 ** 40 })),
      }));
      give(lie, [bench.ecr, bench.ghcr]);
      const free = await freeBytes(bench.folder);
      const reserve = Math.max(free - 2 ** 39, 0);
      const liar = bench.wanted("liar", lie.manifest.digest);
      const refreshed = await bench.refresh([liar, rocm], { reserve });
      assert.deepEqual(outcomes(refreshed), { [liar.label]: "failed", [rocm.label]: "new" });
      assert.match(refreshed[0]!.reason!, /1\.1 TB are to be fetched/);
    });

    it("counts what another run is still to fetch, as long as it is under way, and what both need once", async () => {
      const blob = (word: string, size: number) => ({
        ...{ mediaType: "", digest: `sha256:${word.repeat(64)}`, size },
      });
      const own = blob("1", 1e9);
      // Twice it would not fit. Other tests and programs use the same disk meanwhile: each sum is far from what there is.
      const shared = blob("2", 30e9);
      const free = await freeBytes(bench.folder);
      const all = { reserve: free - 50e9, say: () => undefined };
      const large = blob("3", 35e9);
      await withSpaceFor(bench.store, [shared], all, async () => {
        await withSpaceFor(bench.store, [own, shared], all, async () => undefined);
        await assert.rejects(
          withSpaceFor(bench.store, [large], all, async () => undefined),
          /35\.0 GB are to be fetched, 30\.0 GB by other runs and /,
        );
      });
      await withSpaceFor(bench.store, [large], all, async () => undefined);
      const locks = new StorePaths(bench.store.folder).locks;
      // What a killed run left.
      await writeFile(join(locks, "1-0.reserved"), JSON.stringify([blob("4", 2 ** 50)]));
      await withSpaceFor(bench.store, [own], all, async () => undefined);
      assert.deepEqual(
        (await readdir(locks)).filter((name) => name.endsWith(".reserved")),
        [],
      );
    });

    it("lets a run go on that has nothing to fetch", async () => {
      await bench.refresh([rocm]);
      const refreshed = await bench.refresh([rocm], { reserve: Number.MAX_SAFE_INTEGER / 2 });
      assert.deepEqual(outcomes(refreshed), { [rocm.label]: "unchanged" });
    });

    it("counts what is missing in several images once, and not what is under way", async () => {
      const blob = { mediaType: "", digest: `sha256:${"1".repeat(64)}`, size: 1_000_000 };
      const missing = await missingBlobs(bench.store, [blob, { ...blob }, blob]);
      assert.deepEqual(missing, [blob]);
      assert.equal(await bytesNeeded(bench.store, missing), 1_000_000);
      const partial = new StorePaths(bench.store.folder).partial(blob.digest);
      await writeFile(partial, Buffer.alloc(400_000, 1));
      await truncate(partial, 1_000_000);
      const needed = await bytesNeeded(bench.store, missing);
      assert.ok(needed > 500_000 && needed <= 600_000, `${needed} bytes`);
    });
  });

  describe("of lists that changed", () => {
    it("leaves in the store what the list has and nothing is known of", async () => {
      await bench.refresh([rocm, cuda]);
      const refreshed = await bench.refresh([rocm], { leftOut: [cuda.label] });
      assert.deepEqual(outcomes(refreshed), { [rocm.label]: "unchanged" });
      assert.deepEqual(await kept(), { [rocm.label]: rocm.digest, [cuda.label]: cuda.digest });
    });

    it("keeps aside what the list no longer has, and nothing of other channels", async () => {
      await bench.refresh([rocm, cuda]);
      await bench.refresh([cuda], { channel: "release/2.10" });
      const refreshed = await bench.refresh([rocm]);
      assert.deepEqual(outcomes(refreshed), { [rocm.label]: "unchanged", [cuda.label]: "removed" });
      assert.equal(refreshed[1]!.digest, cuda.digest);
      assert.deepEqual(await kept(), { [rocm.label]: rocm.digest });
      assert.deepEqual(await kept("release/2.10"), { [cuda.label]: cuda.digest });
    });

    it("looks at no image but those that are asked for", async () => {
      await bench.refresh([rocm, cuda]);
      const next = await bench.give("cuda", ["base", "cuda 2"]);
      const refreshed = await bench.refresh([next], { only: [next.label] });
      assert.deepEqual(outcomes(refreshed), { [cuda.label]: "replaced" });
      assert.deepEqual(await kept(), { [rocm.label]: rocm.digest, [cuda.label]: next.digest });
    });

    it("says of what is asked for and not in the list whether the store had it", async () => {
      await bench.refresh([rocm, cuda]);
      const only = [cuda.label, "ci-image/xpu"];
      const refreshed = await bench.refresh([rocm], { only });
      assert.deepEqual(outcomes(refreshed), {
        [cuda.label]: "removed",
        "ci-image/xpu": "unlisted",
      });
    });
  });

  it("tells at once how much is to come in all, and in the end that it is there", async () => {
    const told = new Map<string, DownloadProgress[]>();
    await bench.refresh([rocm, cuda], {
      onProgress: (label, progress) => told.set(label, [...(told.get(label) ?? []), progress]),
    });
    for (const [{ label }, layers] of [
      [rocm, 2],
      [cuda, 1],
    ] as const) {
      const progress = told.get(label)!;
      const { total, done, fetched } = progress[0]!;
      assert.deepEqual([Math.floor(total / LAYER), done, fetched], [layers, 0, 0]);
      assert.deepEqual(progress.at(-1), { total, done: total, fetched: total });
    }
    assert.equal([...told.keys()].join(), [rocm.label, cuda.label].join());
  });
});
