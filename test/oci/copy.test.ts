/* Without a registry: what a copy to one with a documented limit does first. */
import assert from "node:assert/strict";
import { copyImage } from "../../oci/copy.ts";
import type { Manifest } from "../../oci/manifests.ts";
import type { RepositoryClient } from "../../oci/registries.ts";
import { manifestOf, sampleIndex, sampleImage } from "../integration/oci/sample-image.ts";

const limit = 10_000_000_000;

/** An image that says of one layer that it is this large. */
function imageWithLayer(size: number): Manifest {
  const { manifest } = sampleImage();
  const [layer] = manifest.document.layers ?? [];
  const layers = [{ ...layer, size }];
  return manifestOf(manifest.mediaType, { schemaVersion: 2, ...manifest.document, layers });
}

/** A repository that has manifests, or refuses that anything is sent to it. */
function repository(
  host: string,
  manifests: readonly Manifest[],
  sent: string[],
): RepositoryClient {
  const found = (digest: string): Manifest | undefined =>
    manifests.find((manifest) => manifest.digest === digest);
  const client = {
    host,
    path: "image",
    manifests: {
      digest: async (digest: string) => found(digest)?.digest,
      get: async (digest: string) => found(digest),
      put: async (reference: string) => void sent.push(reference),
    },
    blobs: { ensure: async ({ digest }: { digest: string }) => void sent.push(digest) },
  };
  // Only what a copy asks of a repository.
  return client as unknown as RepositoryClient;
}

describe("a copy to ghcr.io", () => {
  it("with a layer over its limit is refused before anything is sent", async () => {
    const sent: string[] = [];
    const image = imageWithLayer(limit + 1);
    const layer = image.document.layers![0]!;
    const from = repository("localhost:1", [image], sent);
    await assert.rejects(copyImage(from, repository("ghcr.io", [], sent), image.digest), {
      name: "ProblemsError",
      message:
        "copy to ghcr.io/image: 1 problem\n" +
        `  localhost:1/image@${image.digest}: layer ${layer.digest} has 10000000001 bytes (10.0 GB), ` +
        "and ghcr.io takes at most 10 GB a layer; split the RUN or COPY that makes it into several, " +
        "or remove what the step leaves behind in the same RUN",
    });
    assert.deepEqual(sent, []);
  });

  it("is refused whole when one image of an index has such a layer, all of them told", async () => {
    const sent: string[] = [];
    const images = [imageWithLayer(10), imageWithLayer(limit + 1), imageWithLayer(limit * 2)];
    const index = sampleIndex(images.map((manifest) => ({ manifest, blobs: new Map() })));
    const from = repository("localhost:1", [...images, index], sent);
    await assert.rejects(
      copyImage(from, repository("ghcr.io", [], sent), index.digest),
      /^ProblemsError: copy to ghcr\.io\/image: 2 problems\n/,
    );
    assert.deepEqual(sent, []);
  });

  it("goes on with a layer just within it, and with a larger one that is there already", async () => {
    const sent: string[] = [];
    const image = imageWithLayer(limit);
    const large = imageWithLayer(limit + 1);
    const index = sampleIndex([image, large].map((manifest) => ({ manifest, blobs: new Map() })));
    const from = repository("localhost:1", [image, large, index], sent);
    await copyImage(from, repository("ghcr.io", [large], sent), index.digest);
    const { config, layers } = image.document;
    assert.deepEqual(
      sent.sort(),
      [config?.digest, layers?.[0]?.digest, image.digest, index.digest].sort(),
    );
  });
});
