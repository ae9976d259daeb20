// Does not prove that a list of files is complete: that is the walker's part.
import assert from "node:assert/strict";
import fc from "fast-check";
import { contentKey, type ContentKeyInput, type ContextFile } from "../../rules/content-key.ts";

const digest = (letter: string) => letter.repeat(64);
const example: ContentKeyInput = {
  dockerfile: digest("d"),
  context: [
    { path: "a", kind: "file", executable: false, digest: digest("1") },
    { path: "b/c", kind: "symlink", executable: false, digest: digest("2") },
  ],
  scripts: [{ path: "install.sh", kind: "file", executable: true, digest: digest("3") }],
  buildArgs: { CUDA_VERSION: "12.8.1", BASE_TARGET: "cuda" },
  target: "final",
  platforms: ["linux/amd64", "linux/arm64"],
  base: { kind: "digest", digest: `sha256:${digest("4")}` },
  contract: { TOOLS: "git" },
  epoch: 0,
};

const text = fc.oneof(
  fc.string({ maxLength: 4 }),
  fc.constantFrom("a", "b", "ab", '"', "\\", ",", "[", "]", "\u0000", "\n", "a=b", "null"),
);
const file: fc.Arbitrary<ContextFile> = fc.record({
  path: text,
  kind: fc.constantFrom("file", "symlink"),
  executable: fc.boolean(),
  digest: fc.constantFrom(digest("1"), digest("2")),
});
const fileList = fc.uniqueArray(file, { maxLength: 3, selector: ({ path }) => path });
const base: fc.Arbitrary<ContentKeyInput["base"]> = fc.oneof(
  fc.record({ kind: fc.constant("digest" as const), digest: text }),
  fc.record({ kind: fc.constant("unresolved" as const), image: text }),
);
const input: fc.Arbitrary<ContentKeyInput> = fc.record(
  {
    dockerfile: fc.constantFrom(digest("1"), digest("2")),
    context: fileList,
    scripts: fileList,
    buildArgs: fc.dictionary(text, text, { maxKeys: 3 }),
    target: text,
    platforms: fc.uniqueArray(text, { maxLength: 3 }),
    base,
    contract: fc.dictionary(text, text, { maxKeys: 2 }),
    epoch: fc.nat(2),
  },
  { requiredKeys: ["dockerfile", "context", "scripts", "buildArgs", "platforms", "base", "epoch"] },
);

/** The input without the order that means nothing, by another way than the key's own. */
function meaning(value: ContentKeyInput): unknown {
  const set = (files: readonly ContextFile[]) =>
    new Map(files.map(({ path, kind, executable, digest }) => [path, [kind, executable, digest]]));
  return {
    ...value,
    context: set(value.context),
    scripts: set(value.scripts),
    buildArgs: new Map(Object.entries(value.buildArgs)),
    platforms: new Set(value.platforms),
    base: { ...value.base },
    contract: value.contract && new Map(Object.entries(value.contract)),
  };
}

function sameMeaning(a: ContentKeyInput, b: ContentKeyInput): boolean {
  try {
    assert.deepStrictEqual(meaning(a), meaning(b));
    return true;
  } catch {
    return false;
  }
}

describe("a content key", () => {
  it("is the same on every machine and in every version", () => {
    assert.equal(contentKey(example), "f53dc6323676adce354a34423c8c8557a394c0de");
  });

  const changes: Readonly<Record<string, Partial<ContentKeyInput>>> = {
    "the Dockerfile": { dockerfile: digest("e") },
    "a file's bytes": { context: example.context.map((f) => ({ ...f, digest: digest("9") })) },
    "a file's path": { context: example.context.map((f) => ({ ...f, path: `${f.path}x` })) },
    "a file's executable bit": {
      context: example.context.map((f) => ({ ...f, executable: !f.executable })),
    },
    "a file's kind": { context: example.context.map((f) => ({ ...f, kind: "file" })) },
    "a missing file": { context: example.context.slice(1) },
    "a script": { scripts: example.scripts.map((f) => ({ ...f, digest: digest("9") })) },
    "a file that moved from the context to the scripts": {
      context: example.context.slice(1),
      scripts: [...example.context.slice(0, 1), ...example.scripts],
    },
    "a build arg's value": { buildArgs: { ...example.buildArgs, CUDA_VERSION: "12.8.2" } },
    "a build arg's name": { buildArgs: { CUDA: "12.8.1", BASE_TARGET: "cuda" } },
    "one build arg more": { buildArgs: { ...example.buildArgs, X: "" } },
    "the target": { target: "other" },
    "the platforms": { platforms: ["linux/amd64"] },
    "the base's digest": { base: { kind: "digest", digest: `sha256:${digest("5")}` } },
    "an unresolved base": { base: { kind: "unresolved", image: "docker.io/library/ubuntu:24.04" } },
    "the contract": { contract: { TOOLS: "git cmake" } },
    "the epoch": { epoch: 1 },
  };
  for (const [what, change] of Object.entries(changes)) {
    it(`changes with ${what}`, () => {
      assert.notEqual(contentKey({ ...example, ...change }), contentKey(example));
    });
  }

  it("changes when there is no target any more", () => {
    const { target, ...rest } = example;
    assert.notEqual(contentKey(rest), contentKey(example));
    assert.notEqual(contentKey({ ...rest, target: "null" }), contentKey(rest), target);
  });

  it("tells unresolved bases apart by their image, and resolved ones by their digest alone", () => {
    const of = (image: string) => contentKey({ ...example, base: { kind: "unresolved", image } });
    assert.notEqual(of("docker.io/library/ubuntu:22.04"), of("docker.io/library/ubuntu:24.04"));
  });

  it("does not depend on the order of files, build args and platforms", () => {
    const shuffled = input.chain((value) =>
      fc.record({
        value: fc.constant(value),
        context: fc.shuffledSubarray([...value.context], { minLength: value.context.length }),
        scripts: fc.shuffledSubarray([...value.scripts], { minLength: value.scripts.length }),
        platforms: fc.shuffledSubarray([...value.platforms], { minLength: value.platforms.length }),
        entries: fc.shuffledSubarray(Object.entries(value.buildArgs), {
          minLength: Object.keys(value.buildArgs).length,
        }),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ value, context, scripts, platforms, entries }) => {
        const other = {
          ...value,
          context,
          scripts,
          platforms,
          buildArgs: Object.fromEntries(entries),
        };
        assert.equal(contentKey(other), contentKey(value));
      }),
    );
  });

  it("is the same for two inputs exactly when they mean the same", () => {
    fc.assert(
      fc.property(input, input, (a, b) => {
        assert.equal(contentKey(a) === contentKey(b), sameMeaning(a, b));
      }),
      { numRuns: 5000 },
    );
  });

  it("does not take two build args for one whose value holds both", () => {
    const of = (buildArgs: Record<string, string>) => contentKey({ ...example, buildArgs });
    assert.notEqual(of({ A: "1", B: "2" }), of({ A: '1","B":"2' }));
    assert.notEqual(of({ A: "1", B: "2" }), of({ A: "1],[B,2" }));
    assert.notEqual(of({ AB: "C" }), of({ A: "BC" }));
  });
});
