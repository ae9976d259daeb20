import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { findPlaces } from "../../../cli/pins/tree/find-places.ts";
import { readPinned } from "../../../cli/pins/tree/pinned-file.ts";
import type { Place } from "../../../rules/pins/place.ts";
import { UserError } from "../../../rules/problems.ts";
import {
  decoys,
  expectedPlaces,
  type ExpectedPlace,
  PinsTree,
  PINS_TREE_IMAGES,
} from "../../support/pins-tree.ts";
import { bumpTree, placesOf, type Published } from "./support/bump-tree.ts";
import { treeBytes } from "./support/tree-bytes.ts";

/** Pins that a person was asked to write: what "every form" is measured by. */
const FEWEST_PLACES = 60;
const FEWEST_DECOYS = 25;

for (const tracked of [true, false]) {
  describe(`the pins of the fixture tree, ${tracked ? "a repository" : "a folder of no repository"}`, function () {
    this.timeout(60_000);
    let tree: PinsTree;

    beforeEach(async () => {
      tree = await PinsTree.make({ tracked });
    });

    afterEach(async () => {
      await tree.remove();
    });

    it("are found with no miss and no false hit", async () => {
      const expected = await expectedPlaces({ tracked });
      assert.ok(expected.length >= FEWEST_PLACES, `${expected.length} places`);
      const places = await placesOf(tree.root, PINS_TREE_IMAGES);
      assert.deepEqual(places.map(shown).sort(), expected.map(line).sort());
    });

    it("have decoys beside them that look like pins", async () => {
      const all = await decoys({ tracked });
      assert.ok(all.length >= FEWEST_DECOYS, `${all.length} decoys`);
      for (const { file, line, why } of all) {
        const text = (await readFile(join(tree.root, file), "latin1")).split("\n")[line - 1] ?? "";
        assert.match(
          text,
          /sha(?:256|512)|rocm|ubuntu|ci-image|builder/i,
          `${file}:${line} (${why})`,
        );
      }
    });

    it("come by file, line and column, with the tree's own settings", async () => {
      const { places, config, files, large } = await findPlaces(tree.root, PINS_TREE_IMAGES);
      const keys = places.map(({ file, line, column }) => ({ file, line, column }));
      const inOrder = [...keys].sort(
        (a, b) =>
          (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) ||
          a.line - b.line ||
          a.column - b.column,
      );
      assert.deepEqual(keys, inOrder);
      assert.deepEqual(config.exclude, ["test/data/**"]);
      assert.ok(files >= new Set(keys.map(({ file }) => file)).size);
      assert.deepEqual(large, []);
    });

    it("are read again by path, and never through a link", async () => {
      const bytes = await readPinned(tree.root, "encodings/latin.txt");
      assert.deepEqual(bytes, await readFile(join(tree.root, "encodings/latin.txt")));
      for (const path of ["link-to-file.yml", "link-to-folder/image.yml", "../outside/image.yml"]) {
        await assert.rejects(readPinned(tree.root, path), UserError, path);
      }
    });

    it("are moved and moved again to nothing else, and back to the byte", async () => {
      const before = await treeBytes(tree.root);
      // Whatever an image's places had, they have one digest and one day afterwards.
      await bumpTree(tree.root, PINS_TREE_IMAGES, SUMMER);
      const summer = await treeBytes(tree.root);
      await bumpTree(tree.root, PINS_TREE_IMAGES, AUTUMN);
      const autumn = await treeBytes(tree.root);
      const again = await bumpTree(tree.root, PINS_TREE_IMAGES, AUTUMN);
      assert.deepEqual([again.files, again.moves], [[], []]);
      assert.deepEqual(await treeBytes(tree.root), autumn);
      const back = await bumpTree(tree.root, PINS_TREE_IMAGES, SUMMER);
      assert.deepEqual(await treeBytes(tree.root), summer);

      const expected = (await expectedPlaces({ tracked })).filter(
        ({ image, digest }) => image !== "?" && !["-", "malformed", HELD].includes(digest),
      );
      assert.deepEqual(
        back.moves
          .flatMap(({ places }) => places)
          .map(({ file, line: number }) => `${file}:${number}`)
          .sort(),
        expected.map(({ file, line: number }) => `${file}:${number}`).sort(),
      );
      const touched = new Set(expected.map(({ file }) => file));
      for (const [path, text] of Object.entries(before)) {
        if (!touched.has(path)) assert.equal(autumn[path], text, path);
        assert.equal(masked(autumn[path] ?? ""), masked(text), path);
      }
      for (const { file, line: number, why } of await decoys({ tracked })) {
        const lineOf = (tree: typeof before) => tree[file]?.split("\n")[number - 1];
        assert.equal(lineOf(autumn), lineOf(before), `${file}:${number} (${why})`);
      }
    });
  });
}

/** Beside it stands why it is held. */
const HELD = "a2";
const SUMMER = published("summer", "2026-08-18T10:00:00Z");
const AUTUMN = published("autumn", "2026-11-20T10:00:00Z");

function published(season: string, created: string): Published {
  const digestOf = (image: string) =>
    `sha256:${createHash("sha256").update(`${image} of ${season}`).digest("hex")}`;
  return { digestOf, created };
}

/** A text without what a move may change in any encoding: digits of digests and days, and that an image is a candidate. */
function masked(text: string): string {
  return text
    .replaceAll(/-candidate(?=@)/g, "")
    .replaceAll(/[0-9a-f](?:\0?[0-9a-f]){20,}/g, "HEX")
    .replaceAll(/\d{4}-\d{2}-\d{2}/g, "DAY");
}

/** A place as a line of the fixture's table. */
function shown(place: Place): string {
  const { file, line: number, image, digest, malformed, tag, unattributed } = place;
  const hex = digest?.text.slice("sha256:".length);
  const short =
    hex === undefined ? "-" : hex === hex.slice(0, 2).repeat(32) ? hex.slice(0, 2) : hex;
  return line({
    file,
    line: number,
    image: unattributed === undefined ? (image ?? "-") : "?",
    digest: malformed === undefined ? short : "malformed",
    tag: tag?.text ?? "-",
  });
}

function line({ file, line: number, image, digest, tag }: ExpectedPlace): string {
  return `${file}:${String(number).padStart(3, "0")} ${image} ${digest} ${tag}`;
}
