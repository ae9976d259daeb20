/* The workflow whose machines write what runners keep: whatever is changed in it is found, and it is nothing under another name. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { isCollection, parseDocument } from "yaml";
import { findingsIn } from "../../../cli/workflows/check-findings.ts";
import { readServedStacks, type ServedStack } from "../../../cli/workflows/check-served.ts";
import { type SourceFile, workflowSources } from "../../../cli/workflows/check-tree.ts";
import { readPinnedActionsFile } from "../../../cli/workflows/pinned-actions-file.ts";
import type { PinnedActions } from "../../../rules/pinned-actions.ts";
import type { TreeFinding, YamlPath } from "../../../rules/workflow-tree.ts";

const ROOT = join(import.meta.dirname, "../../..");
const FILE = ".github/workflows/docker-cache.yml";

/** What is for people, and how many machines are busy at once. */
const FREE =
  /^(?:name|jobs\.\w+\.steps\.\d+\.name|.*\.description|jobs\.\w+\.strategy\.max-parallel)$/;

describe("the workflow that refreshes what runners keep", function () {
  this.timeout(5 * 60_000);
  let sources: readonly SourceFile[];
  let stacks: readonly ServedStack[];
  let pinned: PinnedActions;
  let text: string;

  before(async () => {
    // It, what it names and all that read secrets: the others would be read again for each change.
    const all = await workflowSources(ROOT);
    const named = /(?:docker-cache|drift|up|candidate|pins|setup\/action)\.yml$/;
    sources = all.filter(({ file }) => named.test(file));
    stacks = await readServedStacks();
    ({ pinned } = await readPinnedActionsFile(ROOT));
    text = sources.find(({ file }) => file === FILE)?.content.toString() ?? "";
  });

  const findings = (files = sources, served = stacks) => findingsIn(files, served, pinned);
  const withText = (changed: string, file = FILE): readonly TreeFinding[] =>
    findings([
      ...sources.filter((source) => source.file !== FILE),
      { file, kind: "workflow", content: Buffer.from(changed) },
    ]);
  const rulesOf = (found: readonly TreeFinding[], file: string) => [
    ...new Set(found.filter((one) => one.file === file).map(({ rule }) => rule)),
  ];

  it("is as the catalogue and the rules say", () => {
    assert.equal(sources.length, 6);
    assert.deepEqual(findings(), []);
  });

  it("has no key and no item that could go without a word", () => {
    const silent = placesOf(text).filter((path) => {
      const document = parseDocument(text);
      document.deleteIn(path);
      return withText(document.toString()).length === 0;
    });
    assert.deepEqual(
      silent.map((path) => path.join(".")).filter((path) => !FREE.test(path)),
      [],
    );
  });

  it("has no value that could be another one without a word", () => {
    const places = placesOf(text).filter((path) => isScalarAt(text, path));
    const silent = places.filter((path) => {
      const document = parseDocument(text);
      document.setIn(path, "another");
      return withText(document.toString()).length === 0;
    });
    assert.ok(places.length > 60, `${places.length} places`);
    assert.deepEqual(
      silent.map((path) => path.join(".")).filter((path) => !FREE.test(path)),
      [],
    );
  });

  it("leaves other jobs alone that name machines which cannot be these", () => {
    for (const machine of [
      "runs-on: linux.4xlarge",
      "runs-on: [self-hosted, gpu]",
      "strategy:\n      matrix:\n        os: [ubuntu-24.04, [self-hosted, gpu]]\n        include: [{ os: macos-15 }]\n    runs-on: ${{ matrix.os }}",
      "uses: a/b/.github/workflows/x.yml@0123456789012345678901234567890123456789 # v1\n    with: { ref: '${{ github.sha }}', runner: linux.4xlarge }",
    ]) {
      const changed = sources.map((source) =>
        source.file.endsWith("drift.yml")
          ? {
              ...source,
              content: Buffer.from(
                source.content.toString().replace("runs-on: ubuntu-24.04", () => machine),
              ),
            }
          : source,
      );
      const found = findings(changed).filter(({ message }) => message.includes("the images that"));
      assert.deepEqual(found, [], machine);
    }
  });

  it("takes no role and no runner under another name, as the same file and letter by letter", () => {
    const other = ".github/workflows/docker-caches.yml";
    const found = withText(text, other);
    assert.deepEqual(rulesOf(found, other).sort(), ["roles", "runner", "workflow-run"]);
    assert.deepEqual(rulesOf(found, FILE), ["kept-images"]);
    assert.match(found.find(({ file }) => file === FILE)?.remedy ?? "", /take it from Slipway/);
  });

  it("is asked to go where no family names a runner, and to follow another runner's label", () => {
    const keeping = (cache: readonly string[]) =>
      stacks.map((stack) => ({
        ...stack,
        families: stack.families.map((family) =>
          family.cache === undefined ? family : { ...family, cache },
        ),
      }));
    const [gone, ...more] = findings(sources, keeping([]));
    assert.deepEqual([gone?.rule, gone?.edits, more], ["kept-images", [], []]);
    assert.match(gone?.remedy ?? "", /remove the file/);
    const moved = findings(sources, keeping(["gpu.a", "gpu.b"]));
    assert.deepEqual(rulesOf(moved, FILE), ["kept-images"]);
    assert.equal(moved.length, 2);
    assert.match(moved[0]?.remedy ?? "", /^add: gpu\.a: ci-image\/.*gpu\.b: .*; take out: linux/);
  });
});

/** Paths of all keys and items of a file. */
function placesOf(text: string): readonly YamlPath[] {
  const document = parseDocument(text);
  const places: YamlPath[] = [];
  const walk = (value: unknown, path: YamlPath): void => {
    if (path.length > 0) places.push(path);
    if (typeof value !== "object" || value === null) return;
    for (const [key, below] of Object.entries(value)) {
      walk(below, [...path, Array.isArray(value) ? Number(key) : key]);
    }
  };
  walk(document.toJS(), []);
  return places;
}

function isScalarAt(text: string, path: YamlPath): boolean {
  return !isCollection(parseDocument(text).getIn(path, true));
}
