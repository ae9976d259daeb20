import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { askedReference } from "../../../../cli/cache/cached-image.ts";
import { loadImage, type LoadReport } from "../../../../cli/cache/load/load-image.ts";
import { Store } from "../../../../cli/cache/store/store.ts";
import type { EngineImage } from "../../../../cli/container/docker-images.ts";
import { TransferProgress } from "../../../../cli/print/transfer-progress.ts";
import { OCI_CONFIG, OCI_LAYER, putSample, sampleImage } from "../store/support/sample-image.ts";
import { type FakeEngine, fakeEngine } from "./support/fake-engine.ts";

const NAME = "ci-image/cuda12.8";
const GHCR = "ghcr.io/pytorch/ci-image:cuda12.8";

describe("loading an image of a store", () => {
  const sample = sampleImage({ layers: ["a", "b", "c"] });
  const layers = sample.blobs.filter(({ descriptor }) => descriptor.mediaType === OCI_LAYER);
  const config = sample.blobs.find(({ descriptor }) => descriptor.mediaType === OCI_CONFIG)!;
  const diffIds = layers.map(({ descriptor }) => descriptor.digest);
  const classic: EngineImage = { id: config.descriptor.digest, diffIds, tags: [] };
  const reference = askedReference(sample.image);
  let folder: string;
  let store: Store;
  let engine: FakeEngine;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "load-"));
    store = await Store.create(join(folder, "store"));
    await putSample(store, sample);
    engine = await fakeEngine();
  });
  afterEach(async () => {
    await engine.remove();
    await rm(folder, { recursive: true });
  });

  function load(asked: string, channel?: string): Promise<LoadReport> {
    return loadImage(asked, {
      store: store.folder,
      progress: new TransferProgress(undefined),
      ...(channel !== undefined && { channel }),
    });
  }

  it("only names what the engine has", async () => {
    await engine.set("images", [{ ...classic, tags: [GHCR] }]);
    const { outcome, names } = await load(GHCR);
    equal(outcome, "present");
    deepEqual(names, [reference, GHCR]);
    deepEqual(await engine.changes(), [`image tag ${classic.id} ${reference}`]);
  });

  it("sends the whole image to an engine that has none of it", async () => {
    await engine.set("loaded", [{ ...classic, tags: [reference] }]);
    const report = await load(NAME);
    equal(report.outcome, "loaded");
    deepEqual(await engine.changes(), ["image load --quiet"]);
    deepEqual(await engine.archived(), [
      "manifest.json",
      ...[config, ...layers].map(({ descriptor }) => fileOf(descriptor.digest)),
    ]);
  });

  it("leaves out the first layers that a classic engine has, and no layer for containerd's store", async () => {
    const other: EngineImage = {
      id: "sha256:other",
      diffIds: [...diffIds.slice(0, 2), "x"],
      tags: [],
    };
    await engine.set("images", [other]);
    await engine.set("loaded", [classic]);
    const report = await load(NAME);
    deepEqual("layers" in report && report.layers, { all: 3, there: 2 });
    deepEqual(await layersSent(), [diffIds[2]]);

    await engine.say("driver", '[["driver-type","io.containerd.snapshotter.v1"]]');
    await engine.set("images", [other]);
    await engine.set("loaded", [{ ...classic, id: sample.image.descriptor.digest }]);
    equal((await load(NAME)).outcome, "loaded");
    deepEqual(await layersSent(), diffIds);
  });

  it("sends the whole image when the engine misses a layer that it had", async () => {
    await engine.set("images", [{ id: "sha256:other", diffIds: diffIds.slice(0, 1), tags: [] }]);
    await engine.say("refusal", "open blobs/sha256/...: no such file or directory");
    await engine.set("loaded", [classic]);
    equal((await load(NAME)).outcome, "loaded");
    deepEqual(await layersSent(), diffIds);
  });

  it("has the engine pull a digest that the store has not, and says why", async () => {
    const asked = `${reference}@sha256:${"0".repeat(64)}`;
    await engine.set("pulled", [{ id: "sha256:pulled", diffIds: [], tags: [asked] }]);
    const report = await load(asked);
    equal(report.outcome, "pulled");
    match("reason" in report ? report.reason : "", /the store has sha256:.* under that name/);
    deepEqual(await engine.changes(), [`image pull ${asked}`]);
  });

  it("gives the engine nothing of an image with a damaged layer, which is pulled by its digest", async () => {
    const damaged = layers[2]!;
    await writeFile(store.blobPath(damaged.descriptor.digest), Buffer.alloc(damaged.bytes.length));
    const pulled = sample.image.references.ecr!;
    await engine.set("loaded", [classic]);
    await engine.set("pulled", [{ id: classic.id, diffIds, tags: [pulled] }]);
    const report = await load(NAME);
    equal(report.outcome, "pulled");
    match("reason" in report ? report.reason : "", /is damaged/);
    deepEqual((await engine.changes()).slice(-2), [
      `image pull ${pulled}`,
      `image tag ${classic.id} ${reference}`,
    ]);
  });

  it("pulls when a blob is missing, or the engine made another image of the archive", async () => {
    await engine.set("loaded", [{ ...classic, id: "sha256:another" }]);
    await engine.set("pulled", [{ id: "sha256:pulled", diffIds, tags: [reference] }]);
    match(reasonOf(await load(reference)), /has no image sha256:.* after it/);
    await engine.set("images", []);
    await rm(store.blobPath(diffIds[0]!));
    match(reasonOf(await load(reference)), /is not in the store, or not whole/);
  });

  it("looks for a name in main, and for a content name everywhere or in the channel that was named", async () => {
    const line = sampleImage({ channel: "release/2.10", layers: ["a", "line"] });
    await putSample(store, line);
    await engine.set("loaded", [classic]);
    equal((await load(reference)).outcome, "loaded");
    await engine.set("pulled", [{ id: "sha256:pulled", diffIds: [], tags: [reference] }]);
    await engine.set("images", []);
    const elsewhere = await load(reference, "release/2.10");
    equal(elsewhere.outcome, "pulled");
    match(reasonOf(elsewhere), /other images of .*, not this one/);
    await engine.set("images", []);
    await rejects(load("rocm"), /is no image of channel main in the store; it has:\n {2}ci-image/);
    await rejects(load("cuda12.9"), /in the store \(did you mean "cuda12\.8"\?\)\nA whole/);
  });

  it("says of a name that only a former image has the whole reference to load that by", async () => {
    await store.remove("main", undefined);
    const { digest } = sample.image.descriptor;
    await rejects(
      load("cuda12.8"),
      new RegExp(
        `"cuda12.8" is a former image: channel main had it[^]*\\n  [^ ]+/ci-image@${digest}$`,
      ),
    );
    await rejects(load("tools"), /store has no channel "main"; it has none yet/);
  });

  it("says of a channel that the store has not which ones it has, and pulls a reference with that reason", async () => {
    await rejects(load(NAME, "release/2.9"), /has no channel "release\/2\.9"; it has main$/);
    await engine.set("pulled", [{ id: "sha256:pulled", diffIds: [], tags: [reference] }]);
    match(reasonOf(await load(reference, "release/2.9")), /has no channel "release\/2\.9"/);
  });

  it("calls the only image of a family as the family where lists have it as the default", async () => {
    const only = sampleImage({ label: "no_rocm_image", layers: ["only"] });
    await putSample(store, only);
    for (const asked of ["default", "no_rocm_image/default"]) {
      await rejects(load(asked), /a family is called as the family: no_rocm_image\n/);
    }
    await rejects(load("tools/default"), /it has:\n/);
  });

  it("loads a former image by its content name and by its digest, and never by a name that moved on", async () => {
    const latest = "ghcr.io/pytorch/ci-image:latest";
    await putSample(store, { ...sample, image: { ...sample.image, names: [latest] } });
    await putSample(store, sampleImage({ layers: ["a", "newer"] }));
    await engine.set("loaded", [classic]);
    await engine.set("pulled", [{ id: "sha256:pulled", diffIds: [], tags: [latest] }]);
    const { digest } = sample.image.descriptor;
    const byDigest = `${latest}@${digest}`;
    for (const asked of [reference, byDigest]) {
      const report = await load(asked);
      equal(report.outcome, "loaded");
      deepEqual([report.isFormer, report.isFloating], [true, false]);
      equal(report.names.includes(latest), false);
      await engine.set("images", []);
    }
    const report = await load(latest);
    equal(report.outcome, "pulled");
    match(reasonOf(report), /ci-image:latest was the name of a former image/);
  });

  it("pulls a floating name that different images of two channels have, unless the channel is named", async () => {
    await putSample(store, sampleImage({ channel: "release/2.10", layers: ["a", "line"] }));
    await engine.set("loaded", [classic]);
    await engine.set("pulled", [{ id: "sha256:pulled", diffIds: [], tags: [GHCR] }]);
    const unclear = await load(GHCR);
    equal(unclear.outcome, "pulled");
    match(reasonOf(unclear), /several images in the store have the name/);
    await engine.set("images", []);
    const clear = await load(GHCR, "main");
    deepEqual([clear.outcome, clear.isFormer, clear.isFloating], ["loaded", false, true]);
  });

  it("without a store pulls a reference and refuses a name", async () => {
    await rm(store.folder, { recursive: true });
    await engine.set("pulled", [{ id: "sha256:pulled", diffIds: [], tags: [reference] }]);
    equal((await load(reference)).outcome, "pulled");
    await rejects(load(NAME), { name: "UserError" });
  });

  it("pulls nothing when no engine answers", async () => {
    await engine.say("silence", "Cannot connect to the Docker daemon");
    await engine.set("pulled", [{ id: "sha256:pulled", diffIds: [], tags: [reference] }]);
    await rejects(load(reference), /no Docker engine answers \(Cannot connect/);
    deepEqual(await engine.changes(), []);
  });

  it("says what is missing where there is no docker", async () => {
    const path = process.env["PATH"];
    process.env["PATH"] = folder;
    try {
      await rejects(load(reference), /there is no docker on PATH/);
    } finally {
      process.env["PATH"] = path;
    }
  });

  it("gives the platform's image of an index, to each kind of engine under its own digest", async () => {
    const index = sampleImage({ layers: ["a", "b", "c"], platforms: true });
    await putSample(store, index);
    await engine.set("loaded", [classic]);
    const report = await load(NAME);
    deepEqual([report.outcome, report.id], ["loaded", classic.id]);
    deepEqual(await layersSent(), diffIds);

    await engine.say("driver", '[["driver-type","io.containerd.snapshotter.v1"]]');
    await engine.set("images", []);
    const { digest } = index.image.descriptor;
    await engine.set("loaded", [{ ...classic, id: digest }]);
    equal((await load(NAME)).id, digest);
    const sent = await engine.archived();
    for (const { descriptor } of index.blobs) {
      equal(sent.includes(fileOf(descriptor.digest)), true);
    }
  });

  async function layersSent(): Promise<readonly string[]> {
    const files = new Set(await engine.archived());
    return diffIds.filter((digest) => files.has(fileOf(digest)));
  }
});

function fileOf(digest: string): string {
  return `blobs/${digest.replace(":", "/")}`;
}

function reasonOf(report: LoadReport): string {
  return "reason" in report ? report.reason : "";
}
