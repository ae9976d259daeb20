/* What a store is said to have of images whose indexes list more than this machine's platform. */
import assert from "node:assert/strict";
import { truncate } from "node:fs/promises";
import { join } from "node:path";
import { collectStore } from "../../../cli/cache/collect/collect-store.ts";
import { hostPlatform } from "../../../cli/cache/image-content.ts";
import { keptBlobs } from "../../../cli/cache/kept-blobs.ts";
import { Store } from "../../../cli/cache/store/store.ts";
import { verifyStore } from "../../../cli/cache/verify/verify-store.ts";
import { type Descriptor, OCI_INDEX, OCI_MANIFEST } from "../../../oci/media-types.ts";
import { UserError } from "../../../rules/problems.ts";
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
import { inTemporaryFolder } from "./store/support/temporary-folder.ts";

const [os, architecture] = hostPlatform().split("/");
const OTHER = { os: "linux", architecture: "s390x" };
const layer = content(OCI_LAYER, bytesOf("layer", 1000));
const config = jsonContent(OCI_CONFIG, { architecture, os });
const own = manifestOf(config, layer);

function manifestOf(configuration: Content, ...layers: readonly Content[]): Content {
  return jsonContent(OCI_MANIFEST, {
    schemaVersion: 2,
    config: configuration.descriptor,
    layers: layers.map(({ descriptor }) => descriptor),
  });
}

/** An index of this machine's manifest and of another platform's entry. */
function withOther(other: Descriptor, more: readonly Content[] = []): SampleImage {
  const index = jsonContent(OCI_INDEX, {
    schemaVersion: 2,
    manifests: [
      { ...own.descriptor, platform: { os, architecture } },
      { ...other, platform: OTHER },
    ],
  });
  const { image } = sampleImage();
  const { descriptor } = index;
  const references = { "ghcr.io": `ghcr.io/pytorch/ci-image@${descriptor.digest}` };
  return {
    image: { ...image, descriptor, references },
    blobs: [...more, layer, config, own, index],
  };
}

async function withImage(
  sample: SampleImage,
  work: (store: Store) => Promise<void>,
): Promise<void> {
  await inTemporaryFolder(async (parent) => {
    const store = await Store.create(join(parent, "store"));
    await putSample(store, sample, 1024 ** 2);
    await work(store);
  });
}

const digests = (blobs: readonly { readonly digest: string }[]): readonly string[] =>
  blobs.map(({ digest }) => digest).toSorted();
const LIMIT = { maxBytes: 0, keptSince: Infinity };

describe("the blobs that a store keeps of an index of platforms", () => {
  const config390 = jsonContent(OCI_CONFIG, OTHER);
  const layer390 = content(OCI_LAYER, bytesOf("layer of s390x", 1000));
  const absent = content(OCI_LAYER, bytesOf("nowhere", 1000));
  const manifest390 = manifestOf(config390, layer390);
  const lying = manifestOf(config, absent);
  const large = content(OCI_LAYER, bytesOf("large", 5 * 1024 ** 2));

  for (const [name, sample] of [
    ["a layer of the image", withOther(layer.descriptor)],
    ["its configuration", withOther(config.descriptor)],
    ["a layer that is larger than manifests are", withOther(large.descriptor, [large])],
    ["a manifest of blobs that no machine brought", withOther(lying.descriptor, [lying])],
    ["nothing that any machine brought", withOther(absent.descriptor)],
    [
      "another platform's manifest that a machine brought",
      withOther(manifest390.descriptor, [config390, layer390, manifest390]),
    ],
  ] as const) {
    it(`are known, verified and collected where another platform's entry is ${name}`, async () => {
      await withImage(sample, async (store) => {
        const kept = await keptBlobs(store, sample.image);
        assert.deepEqual(digests(kept), digests(sample.blobs.map(({ descriptor }) => descriptor)));
        assert.deepEqual((await verifyStore(store)).findings, []);
        const replaced = sampleImage();
        await putSample(store, replaced);
        const { forgotten } = await collectStore(store, LIMIT);
        assert.equal(forgotten.length, 1);
        assert.equal(await store.has(layer.descriptor), false);
        assert.deepEqual((await verifyStore(store)).findings, []);
      });
    });
  }

  it("are not known where this machine's manifest is damaged, or another platform's", async () => {
    const sample = withOther(manifest390.descriptor, [config390, layer390, manifest390]);
    for (const { descriptor } of [own, manifest390]) {
      await withImage(sample, async (store) => {
        const path = store.blobPath(descriptor.digest);
        await truncate(path, 10);
        await truncate(path, descriptor.size);
        await assert.rejects(keptBlobs(store, sample.image), UserError);
      });
    }
  });
});
