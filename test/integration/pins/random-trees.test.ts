import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { bumpTree, placesOf } from "./support/bump-tree.ts";
import {
  plantedDigest,
  RANDOM_IMAGES,
  type RandomFile,
  randomTree,
} from "./support/random-tree.ts";
import { treeBytes } from "./support/tree-bytes.ts";

const TREES = 200;

/** Other digests of the same images. */
function nextDigest(image: string): string {
  return `sha256:${createHash("sha256").update(image).digest("hex")}`;
}

describe("the pins of random trees", function () {
  this.timeout(300_000);

  it("are found where they were planted and nowhere else, moved, and moved back to the same bytes", async () => {
    await fc.assert(
      fc.asyncProperty(randomTree, async (files) => {
        const root = await mkdtemp(join(tmpdir(), "slipway-random-tree-"));
        try {
          await write(root, files);
          const before = await treeBytes(root);
          assert.deepEqual(
            await found(root),
            planted(files, (digest) => digest),
          );

          await bumpTree(root, RANDOM_IMAGES, { digestOf: nextDigest });
          const moved = await treeBytes(root);
          assert.deepEqual(
            await found(root),
            planted(files, (_, image) => nextDigest(image)),
          );
          const again = await bumpTree(root, RANDOM_IMAGES, { digestOf: nextDigest });
          assert.deepEqual(again.files, []);
          assert.deepEqual(await treeBytes(root), moved);

          await bumpTree(root, RANDOM_IMAGES, { digestOf: plantedDigest });
          assert.deepEqual(await treeBytes(root), before);
        } finally {
          await rm(root, { recursive: true, force: true });
        }
      }),
      { numRuns: TREES },
    );
  });
});

async function write(root: string, files: readonly RandomFile[]): Promise<void> {
  for (const { path, bytes } of files) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), bytes);
  }
}

async function found(root: string): Promise<readonly string[]> {
  const places = await placesOf(root, RANDOM_IMAGES);
  return places
    .map(({ file, line, image = "-", digest, malformed = "-", tag }) =>
      [file, line, image, tag?.text ?? "-", digest?.text ?? malformed].join(" "),
    )
    .sort();
}

function planted(
  files: readonly RandomFile[],
  digestOf: (digest: string, image: string) => string,
): readonly string[] {
  return files
    .flatMap(({ path, planted }) =>
      planted.map(({ line, image = "-", tag = "-", digest, malformed = "-" }) => {
        const shown = digest === undefined ? malformed : digestOf(digest, image);
        return [path, line, image, tag, shown].join(" ");
      }),
    )
    .sort();
}
