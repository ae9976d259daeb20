import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import {
  contentOf,
  hostPlatform,
  manifestContent,
  platformManifest,
} from "../../../cli/cache/image-content.ts";
import { OCI_INDEX, OCI_MANIFEST, type Descriptor } from "../../../oci/media-types.ts";
import { UserError } from "../../../rules/problems.ts";
import {
  jsonContent,
  OCI_CONFIG,
  OCI_LAYER,
  sampleImage,
  type Content,
} from "./store/support/sample-image.ts";

const config = described("config", OCI_CONFIG, 500);
const layers = [described("a", OCI_LAYER, 1000), described("b", OCI_LAYER, 2000)];
const good = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers };

function described(word: string, mediaType: string, size: number): Descriptor {
  const digest = `sha256:${createHash("sha256").update(word).digest("hex")}`;
  return { mediaType, digest, size };
}

function read({ descriptor, bytes }: Content) {
  return manifestContent(descriptor, bytes);
}

function refused(document: unknown, message: RegExp, read_ = read, mediaType = OCI_MANIFEST): void {
  assert.throws(
    () => read_(jsonContent(mediaType, document)),
    (error: Error) => {
      assert.ok(error instanceof UserError, error.stack);
      assert.match(error.message, /^manifest sha256:[0-9a-f]{64} cannot be kept/);
      assert.match(error.message, message);
      return true;
    },
  );
}

describe("the manifest of an image", () => {
  it("leads to its configuration and layers, equal ones as often as it lists them", () => {
    const document = { ...good, layers: [...layers, layers[0]], annotations: { a: "b" } };
    const found = read(jsonContent(OCI_MANIFEST, document));
    assert.deepEqual(found.config, config);
    assert.deepEqual(found.layers, [...layers, layers[0]]);
  });

  const hostile: Readonly<Record<string, readonly [document: unknown, message: RegExp]>> = {
    "no map": [null, /null is not the manifest of an image/],
    "no configuration": [{ ...good, config: undefined }, /config: missing/],
    "a layer from elsewhere": [
      { ...good, layers: [{ ...layers[0], urls: ["https://evil.io/layer"] }] },
      /layers\[0\]\.urls: leads away from the registry/,
    ],
    "a configuration from elsewhere": [
      { ...good, config: { ...config, urls: ["https://evil.io/config"] } },
      /config\.urls: leads away/,
    ],
    "a path for a digest": [
      { ...good, layers: [{ ...layers[0], digest: "sha256:../../x" }] },
      /layers\[0\]\.digest: "sha256:\.\.\/\.\.\/x" is not a digest/,
    ],
    "a negative size": [
      { ...good, layers: [{ ...layers[0], size: -1 }] },
      /size: -1 is not a size/,
    ],
    "a broken size": [
      { ...good, layers: [{ ...layers[0], size: 1.5 }] },
      /size: 1\.5 is not a size/,
    ],
    "a size beyond counting": [
      { ...good, layers: [{ ...layers[0], size: 2 ** 53 }] },
      /layers\[0\]\.size: 9007199254740992 is not a size/,
    ],
    "a size beyond all disks, which would be cut into millions of pieces": [
      { ...good, layers: [{ ...layers[0], size: 2 ** 48 }] },
      /layers\[0\]\.size: 281474976710656 is not a size of at most 1099511627776 bytes/,
    ],
    "two sizes for one digest": [
      { ...good, layers: [layers[0], { ...layers[0], size: 1 }] },
      /layers\[1\]\.size: 1 bytes, and 1000 bytes before for the same digest/,
    ],
    "a configuration that is none by its size": [
      { ...good, config: { ...config, size: 10 ** 10 } },
      /config\.size: 10000000000 bytes are more/,
    ],
    "too many layers": [
      { ...good, layers: Array.from({ length: 513 }, () => layers[0]) },
      /layers: .* is not a list of at most 512 layers/,
    ],
    "another media type than it is listed as": [
      { ...good, mediaType: OCI_INDEX },
      /mediaType: .* is not what it is listed as/,
    ],
    "an index's list too, for readers that look there": [
      { ...good, manifests: [] },
      /manifests: \[\] is not allowed in the manifest of an image/,
    ],
  };
  for (const [what, [document, message]] of Object.entries(hostile)) {
    it(`is refused with ${what}`, () => refused(document, message));
  }

  it("is refused when it is no JSON", () => {
    const descriptor = described("x", OCI_MANIFEST, 1);
    assert.throws(() => manifestContent(descriptor, Buffer.from("{")), /\(document\): is no JSON/);
  });

  it("is read or refused with a message, whatever is in it", () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        for (const parse of [manifestContent, platformManifest]) {
          try {
            parse(described("x", OCI_MANIFEST, json.length), Buffer.from(json));
          } catch (error) {
            assert.ok(error instanceof UserError, String(error));
          }
        }
      }),
    );
  });
});

describe("an index of platforms", () => {
  const amd = {
    ...described("amd", OCI_MANIFEST, 400),
    platform: { os: "linux", architecture: "amd64" },
  };
  const arm = {
    ...described("arm", OCI_MANIFEST, 401),
    platform: { os: "linux", architecture: "arm64", variant: "v8" },
  };
  const attestation = {
    ...described("attestation", OCI_MANIFEST, 402),
    platform: { os: "unknown", architecture: "unknown" },
  };
  const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [attestation, arm, amd] };

  function pick(platform: string) {
    return ({ descriptor, bytes }: Content) => platformManifest(descriptor, bytes, platform);
  }

  it("leads to the manifest of the platform that is asked for", () => {
    const content = jsonContent(OCI_INDEX, index);
    assert.equal(pick("linux/amd64")(content).digest, amd.digest);
    assert.equal(pick("linux/arm64")(content).digest, arm.digest);
  });

  it("is refused without that platform", () => {
    const message = /manifests: there is none of linux\/riscv64/;
    refused(index, message, pick("linux/riscv64") as never, OCI_INDEX);
  });

  it("is refused when it lists an index, itself or another", () => {
    const nested = { ...index, manifests: [amd, { ...arm, mediaType: OCI_INDEX }] };
    const message = /manifests\[1\]\.mediaType: is an index; an index lists images alone/;
    refused(nested, message, pick("linux/amd64") as never, OCI_INDEX);
  });

  it("is refused when it has layers too, or leads elsewhere", () => {
    const both = { ...index, layers: [] };
    refused(
      both,
      /layers: \[\] is not allowed in an index/,
      pick("linux/amd64") as never,
      OCI_INDEX,
    );
    const elsewhere = { ...index, manifests: [{ ...amd, urls: ["https://evil.io"] }] };
    refused(elsewhere, /manifests\[0\]\.urls/, pick("linux/amd64") as never, OCI_INDEX);
  });
});

describe("the content of an image in a store", () => {
  function storeOf(contents: readonly Content[]) {
    const bytes = new Map(contents.map((content) => [content.descriptor.digest, content.bytes]));
    return {
      bytes: async ({ digest }: Descriptor) => {
        const found = bytes.get(digest);
        if (found === undefined) throw new UserError(`${digest} is not there`);
        return found;
      },
    };
  }

  it("is each blob once that the store keeps of it", async () => {
    const { image, blobs } = sampleImage({ layers: ["a", "b", "a"] });
    const found = await contentOf(storeOf(blobs), image);
    assert.equal(found.layers.length, 3);
    assert.equal(found.all.length, 4);
    assert.equal(found.manifest.digest, image.descriptor.digest);
  });

  it("is of an index the index, and this machine's manifest with what it leads to", async () => {
    const { image, blobs } = sampleImage({ platforms: true });
    const { manifest, all } = await contentOf(storeOf(blobs), image);
    assert.notEqual(manifest.digest, image.descriptor.digest);
    const digests = blobs.map(({ descriptor }) => descriptor.digest);
    assert.deepEqual(all.map(({ digest }) => digest).toSorted(), digests.toSorted());
    await assert.rejects(contentOf(storeOf(blobs), image, "linux/s390x"), /is not there/);
  });
});

describe("this machine's platform", () => {
  it("is one of Linux, whatever system runs the engine", () => {
    assert.match(hostPlatform(), /^linux\/[a-z0-9]+(?:\/v[0-9]+)?$/);
  });
});
