/* What a verification finds in a store, and what it takes away. */
import assert from "node:assert/strict";
import { chmod, mkdir, rm, stat, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Store } from "../../../../cli/cache/store/store.ts";
import type { StoreFinding } from "../../../../cli/cache/verify/finding.ts";
import { discardDamaged, verifyStore } from "../../../../cli/cache/verify/verify-store.ts";
import { layoutIndexText } from "../../../../cli/cache/store/layout-index.ts";
import { OCI_INDEX } from "../../../../oci/media-types.ts";
import { jsonContent, putContent, putSample, sampleImage } from "../store/support/sample-image.ts";
import { inTemporaryFolder } from "../store/support/temporary-folder.ts";

const old = sampleImage({ layers: ["base", "old"] });
const now = sampleImage({ layers: ["base", "new"] });
const release = sampleImage({ channel: "release/2.10", layers: ["base", "line"], platforms: true });

async function withStore(work: (store: Store) => Promise<void>): Promise<void> {
  await inTemporaryFolder(async (parent) => {
    const store = await Store.create(join(parent, "store"));
    for (const image of [old, now, release]) await putSample(store, image);
    await work(store);
  });
}

function tell(findings: readonly StoreFinding[]): string[] {
  return findings.map(({ kind, images }) => [kind, ...images].join(" | ")).sort();
}

async function damage(store: Store, digest: string): Promise<void> {
  const { size } = await stat(store.blobPath(digest));
  await writeFile(store.blobPath(digest), Buffer.alloc(size, "x"));
}

describe("a verification of a store", () => {
  it("finds nothing in a whole one, and reads every blob once", async () => {
    await withStore(async (store) => {
      const { findings, images, blobs, readBlobs } = await verifyStore(store);
      assert.deepEqual([findings, images, blobs, readBlobs], [[], 3, 11, 11]);
    });
  });

  it("tells at once all that is wrong, and with whose images", async () => {
    await withStore(async (store) => {
      const [base, line] = release.blobs;
      await damage(store, base!.descriptor.digest);
      await truncate(store.blobPath(now.blobs[1]!.descriptor.digest), 7);
      await rm(store.blobPath(old.blobs[1]!.descriptor.digest));
      await chmod(store.blobPath(line!.descriptor.digest), 0o666);
      const orphan = join(store.folder, "blobs/sha256", "1".repeat(64));
      await writeFile(orphan, "left", { mode: 0o644 });
      await utimes(orphan, new Date(0), new Date(0));
      await symlink("/etc/passwd", join(store.folder, "channels/main/passwd"));
      await mkdir(join(store.folder, "blobs/sha256/folder"));
      const { findings } = await verifyStore(store);
      const label = "ci-image/cuda12.8";
      assert.deepEqual(tell(findings), [
        `damaged | main: ${label} | release/2.10: ${label} | former: ${label}`,
        `missing | former: ${label}`,
        "mode",
        "orphan",
        `short | main: ${label}`,
        "strange",
        "strange",
      ]);
    });
  });

  it("takes no young blob of no image for left, which a refresh may be bringing", async () => {
    await withStore(async (store) => {
      await writeFile(join(store.folder, "blobs/sha256", "1".repeat(64)), "", { mode: 0o644 });
      assert.deepEqual((await verifyStore(store)).findings, []);
    });
  });

  it("finds a damaged and a missing manifest, and calls nothing left that may be its", async () => {
    for (const [kind, harm] of [
      ["damaged", damage],
      ["missing", (store: Store, digest: string) => rm(store.blobPath(digest))],
    ] as const) {
      await withStore(async (store) => {
        await harm(store, now.image.descriptor.digest);
        for (const { descriptor } of now.blobs) {
          const path = store.blobPath(descriptor.digest);
          await utimes(path, new Date(0), new Date(0)).catch(() => undefined);
        }
        assert.deepEqual(tell((await verifyStore(store)).findings), [
          `${kind} | main: ci-image/cuda12.8`,
        ]);
      });
    }
  });

  it("finds that no platform of an index is there", async () => {
    await withStore(async (store) => {
      await rm(store.blobPath(release.blobs[3]!.descriptor.digest));
      const { findings } = await verifyStore(store, { channel: "release/2.10" });
      assert.equal(findings.length, 1);
      assert.match(findings[0]!.message, /has none of its platforms here: linux\/s390x, linux\//);
    });
  });

  it("finds no fault in an image that only other platforms' machines refreshed, and says so", async () => {
    await inTemporaryFolder(async (parent) => {
      const store = await Store.create(join(parent, "store"));
      const own = sampleImage({ layers: ["own"], platforms: true });
      const index = jsonContent(OCI_INDEX, {
        schemaVersion: 2,
        mediaType: OCI_INDEX,
        manifests: [
          {
            ...own.blobs.at(-2)!.descriptor,
            platform: { os: "linux", architecture: "s390x" },
          },
        ],
      });
      const { digest } = index.descriptor;
      const image = {
        ...own.image,
        descriptor: index.descriptor,
        references: { "ghcr.io": `ghcr.io/pytorch/ci-image@${digest}` },
      };
      for (const blob of [...own.blobs.slice(0, -1), index]) await putContent(store, blob, 1000);
      const former = join(store.folder, "former/index.json");
      await writeFile(former, layoutIndexText({ images: [image] }), { mode: 0o644 });
      const { findings, notes } = await verifyStore(store);
      assert.deepEqual(findings, []);
      assert.equal(notes.length, 1);
      assert.match(notes[0]!, /^former: ci-image\/cuda12\.8: linux\/s390x is here, and nothing of/);
      await damage(store, own.blobs[0]!.descriptor.digest);
      assert.equal((await verifyStore(store)).findings.length, 1);
    });
  });

  it("looks only at the channel and image that it is asked for", async () => {
    await withStore(async (store) => {
      await rm(store.blobPath(now.blobs[1]!.descriptor.digest));
      assert.equal((await verifyStore(store, { channel: "release/2.10" })).findings.length, 0);
      assert.equal((await verifyStore(store, { labels: ["tools/cpu"] })).images, 0);
      assert.equal((await verifyStore(store, { channel: "main" })).findings.length, 1);
    });
  });

  it("reads a sample, and looks at the others from outside", async () => {
    await withStore(async (store) => {
      const part = await verifyStore(store, { sample: 10 });
      assert.ok(part.readBlobs >= 1 && part.readBlobs < part.blobs);
      await rm(store.blobPath(now.blobs[1]!.descriptor.digest));
      assert.equal((await verifyStore(store, { sample: 0.001 })).findings.length, 1);
    });
  });

  it("takes damaged blobs away when told to, so that a refresh fetches them, and no others", async () => {
    await withStore(async (store) => {
      const { descriptor } = now.blobs[1]!;
      await damage(store, descriptor.digest);
      const { findings } = await verifyStore(store);
      assert.deepEqual(await discardDamaged(store, findings), findings);
      assert.equal(await store.has(descriptor), false);
      await putSample(store, now);
      // What was found is old news by now.
      assert.deepEqual(await discardDamaged(store, findings), []);
      assert.deepEqual((await verifyStore(store)).findings, []);
    });
  });
});
