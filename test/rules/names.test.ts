// Does not prove which refs publish in which channel: that is the subject of rules/refs.ts.
import assert from "node:assert/strict";
import fc from "fast-check";
import { TAG } from "../../rules/image-reference.ts";
import {
  acceleratorProblem,
  type Channel,
  contentName,
  floatingNames,
  isChannel,
} from "../../rules/names.ts";

const KEY = "0123456789abcdef0123456789abcdef01234567";

/** Digits of a number, or of a hash: text that names are made of. */
const letters = (alphabet: string, length: { minLength: number; maxLength: number }) =>
  fc.string({ ...length, unit: fc.constantFrom(...Array.from(alphabet)) });
const HEX = "0123456789abcdef";
const key = letters(HEX, { minLength: 40, maxLength: 40 });
const channel: fc.Arbitrary<Channel> = fc.oneof(
  fc.constant<Channel>("main"),
  fc.tuple(fc.nat(99), fc.nat(99)).map(([a, b]): Channel => `release/${a}.${b}`),
);
/** Parts near those that names add, so that unlucky pairs do come up. */
const accelerator = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "cuda",
        "cuda12.8",
        "main",
        "2.10",
        "latest",
        "pin",
        "k",
        "py3",
        "v2.10.0",
        "rc1",
      ),
      key.map((text) => `k${text}`),
      key,
      letters("a0.", { minLength: 1, maxLength: 3 }),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((parts) => parts.join("-"))
  .filter((name) => acceleratorProblem(name) === undefined);
/** What a name stands for, and the name. */
const named = fc.oneof(
  fc
    .tuple(accelerator, channel)
    .chain(([a, c]) =>
      fc.constantFrom(...floatingNames("pytorch", c, a)).map((name) => ({ of: `${a} ${c}`, name })),
    ),
  fc.tuple(accelerator, key).map(([a, k]) => ({ of: `${a} ${k}`, name: contentName(a, k) })),
);

describe("names", () => {
  it("gives main the bare name and a marked one, and a release line only a marked one", () => {
    assert.deepEqual(floatingNames("pytorch", "main", "cuda12.8"), ["cuda12.8", "cuda12.8-main"]);
    assert.deepEqual(floatingNames("pytorch", "release/2.10", "cuda12.8"), ["cuda12.8-2.10"]);
  });

  it("gives an image without accelerator latest and main, and nothing to its release lines", () => {
    assert.deepEqual(floatingNames("therock", "main"), ["latest", "main"]);
    assert.deepEqual(floatingNames("therock", "release/2.10"), []);
  });

  it("refuses an accelerator where the scheme has none, and its absence where it has one", () => {
    assert.throws(() => floatingNames("therock", "main", "cpu"), /names no accelerator/);
    assert.throws(() => floatingNames("pytorch", "main"), /names an accelerator/);
  });

  it("names content by accelerator and key, and by the key alone in a family with one image", () => {
    assert.equal(contentName("cuda12.8", KEY), `cuda12.8-k${KEY}`);
    assert.equal(contentName(undefined, KEY), `k${KEY}`);
  });

  it("refuses a key that is not one", () => {
    for (const bad of ["", "abc", KEY.toUpperCase(), `${KEY}0`]) {
      assert.throws(() => contentName("cpu", bad), /is no content key/);
    }
  });

  it("knows the branches that are channels", () => {
    for (const yes of ["main", "release/2.10", "release/10.0"]) assert.ok(isChannel(yes), yes);
    for (const no of ["", "Main", "release/main", "release/2", "release/2.10/a", "release-2.10"]) {
      assert.ok(!isChannel(no), no);
    }
  });

  it("makes only names that a tag may have", () => {
    fc.assert(
      fc.property(named, ({ name }) => {
        assert.match(name, TAG);
      }),
    );
    const longest = "x".repeat(64);
    assert.equal(acceleratorProblem(longest), undefined);
    assert.match(`${contentName(longest, KEY)}-linux-arm64`, TAG);
  });

  it("never gives one name to two images, nor to two meanings of one", () => {
    fc.assert(
      fc.property(named, named, (a, b) => {
        assert.ok(a.name !== b.name || a.of === b.of);
      }),
      { numRuns: 20_000 },
    );
  });

  it("lets no accelerator be called like a name of another", () => {
    fc.assert(
      fc.property(named, ({ of, name }) => {
        const isBareName = of === `${name} main`;
        assert.equal(acceleratorProblem(name) === undefined, isBareName);
      }),
    );
  });
});

describe("an accelerator's name", () => {
  for (const good of [
    "cpu",
    "cuda12.8",
    "rocm7.0",
    "pytorch-linux-jammy-rocm-n-py3",
    "pytorch-linux-jammy-rocm-n-py3-benchmarks",
    "a_b.c-d",
    "cuda-kde",
  ]) {
    it(`may be ${good}`, () => {
      assert.equal(acceleratorProblem(good), undefined);
    });
  }

  const ends = (name: string, meaning: string, end: string) =>
    `"${name}" ends like the name of ${meaning} ("${end}"); join the last part otherwise, e.g. "ubuntu24.04" for "ubuntu-24.04"`;
  const grammar = (name: string) =>
    `"${name}" is no accelerator; write lower-case letters and digits, parts separated by one ".", "_" or "-"`;
  for (const [bad, message] of [
    ["", grammar("")],
    ["CUDA", grammar("CUDA")],
    ["a--b", grammar("a--b")],
    ["-a", grammar("-a")],
    ["a.", grammar("a.")],
    ["cuda/12", grammar("cuda/12")],
    [
      "b".repeat(65),
      `"${"b".repeat(65)}" has 65 characters; at most 64 leave room for a content key in a tag`,
    ],
    [
      "latest",
      `"latest" is reserved: "latest" and names that begin with "pin" mean something else on a registry`,
    ],
    [
      "pin-a",
      `"pin-a" is reserved: "latest" and names that begin with "pin" mean something else on a registry`,
    ],
    ["main", ends("main", "the main channel", "main")],
    ["cuda-main", ends("cuda-main", "the main channel", "-main")],
    ["cuda-2.10", ends("cuda-2.10", "a release channel", "-2.10")],
    ["ubuntu-24", ends("ubuntu-24", "a release channel", "-24")],
    ["cpu-v2.10.0-rc1", ends("cpu-v2.10.0-rc1", "a version tag", "-v2.10.0-rc1")],
    ["cpu-kabcdef0", ends("cpu-kabcdef0", "a content key", "-kabcdef0")],
    [`k${KEY}`, ends(`k${KEY}`, "a content key", `k${KEY}`)],
    [`cpu-k${KEY}-arm64`, ends(`cpu-k${KEY}-arm64`, "a content key", `-k${KEY}-arm64`)],
    [`cpu-${KEY}`, ends(`cpu-${KEY}`, "a commit", `-${KEY}`)],
  ] as const) {
    it(`may not be ${JSON.stringify(bad.length > 50 ? `${bad.slice(0, 50)}...` : bad)}`, () => {
      assert.equal(acceleratorProblem(bad), message);
    });
  }
});
