// Does not prove which refs publish in which channel: that is the subject of rules/refs.ts.
import assert from "node:assert/strict";
import fc from "fast-check";
import { branchRef, refProblem } from "../../rules/git-ref.ts";
import { TAG } from "../../rules/image-reference.ts";
import {
  acceleratorProblem,
  channelTag,
  contentName,
  stageContentName,
  floatingNames,
  isChannel,
  pinName,
  recordNames,
  refNames,
  type Scheme,
  treeName,
} from "../../rules/names.ts";
import { platformTag } from "../../rules/platform.ts";
import { letters, objectId, ref as randomRef } from "../support/random-refs.ts";

const KEY = "0123456789abcdef0123456789abcdef01234567";
const LONGEST = "x".repeat(63);

describe("floating names", () => {
  for (const [channel, names] of [
    ["main", ["T", "T-main"]],
    ["release/2.10", ["T-2.10"]],
    ["release/2.10.1", ["T-2.10.1"]],
    ["release/main", ["T-main-hbd2c9f4679a0a037d25d"]],
    ["release/foo", ["T-foo-h"]],
    ["release/2", ["T-2-h"]],
    [`release/${KEY}`, [`T-${KEY}-h`]],
    [`release/${"1".repeat(40)}`, [`T-${"1".repeat(40)}-h`]],
    ["release/v2.10.0-rc1", ["T-v2.10.0-rc1-h"]],
    ["release/日本", ["T-h"]],
    ["release/2.10+cu", ["T-2.10-cu-h"]],
    ["release/a/b", []],
    ["release-foo", []],
    ["foo", []],
  ] as const) {
    it(`of PyTorch's ${channel} are ${names.join(" and ") || "none"}`, () => {
      const found = floatingNames("pytorch", channel, "T");
      assert.deepEqual(withoutHashes(found), withoutHashes(names));
    });
  }

  for (const [channel, names] of [
    ["main", ["latest", "main"]],
    ["stage/docker/foo", ["stage-foo"]],
    ["stage/docker/a/b", ["stage-a-b-h3d21800d554a911fe6dc"]],
    ["stage/docker/a-b", ["stage-a-b"]],
    [`stage/docker/x-h${KEY.slice(0, 20)}`, [`stage-x-h${KEY.slice(0, 20)}-h`]],
    ["stage-foo", ["stage-foo-h"]],
    ["new-compiler", ["new-compiler"]],
    ["New_Compiler.2", ["New_Compiler.2"]],
    ["users/x/y", ["users-x-y-h"]],
    ["users-x-y", ["users-x-y"]],
    ["latest", ["latest-h"]],
    ["Latest", ["Latest"]],
    [KEY, [`${KEY}-h`]],
    [`${KEY}${KEY}`.slice(0, 64), [`${`${KEY}${KEY}`.slice(0, 64)}-h`]],
    [`k${KEY}`, [`k${KEY}-h`]],
    [`k${KEY}-arm-v7`, [`k${KEY}-arm-v7-h`]],
    ["kernel", ["kernel"]],
    ["pin-x", ["pin-x-h"]],
    ["pinned", ["pinned-h"]],
    ["sha256-x", ["sha256-x-h"]],
    [`h${KEY.slice(0, 20)}`, [`h${KEY.slice(0, 20)}-h`]],
    ["-dash", ["dash-h"]],
    ["a+b", ["a-b-h"]],
    ["日本", ["h"]],
    ["a".repeat(128), ["a".repeat(128)]],
    ["a".repeat(129), [`${"a".repeat(106)}-h`]],
    ["release/2.10", ["release-2.10-h"]],
  ] as const) {
    it(`of TheRock's ${shortened(channel)} are ${names.map(shortened).join(" and ")}`, () => {
      assert.deepEqual(withoutHashes(floatingNames("therock", channel)), withoutHashes(names));
    });
  }

  it("differ where refs differ in what a tag cannot hold or has no room for, case included", () => {
    const long = "a".repeat(130);
    for (const [one, other] of [
      ["ü", "Ü"],
      ["a/b", "a+b"],
      [`${long}b`, `${long}B`],
    ] as const) {
      assert.notDeepEqual(floatingNames("therock", one), floatingNames("therock", other));
    }
  });

  it("refuse an accelerator where the scheme has none, and its absence where it has one", () => {
    assert.throws(() => floatingNames("therock", "main", "cpu"), /names no accelerator/);
    assert.throws(() => floatingNames("pytorch", "main"), /names an accelerator/);
    assert.throws(
      () => recordNames("therock", { ref: "refs/heads/main" }, "cpu"),
      /names no accelerator/,
    );
    assert.throws(() => recordNames("pytorch", { ref: "refs/heads/main" }), /names an accelerator/);
  });
});

/** A mark that a table does not spell out is any; one that it does is compared. */
function withoutHashes(names: readonly string[]): readonly string[] {
  return names.map((name) => (SPELT.has(name) ? name : name.replace(/h[0-9a-f]{20}$|h$/, "h")));
}
const SPELT = new Set(["T-main-hbd2c9f4679a0a037d25d", "stage-a-b-h3d21800d554a911fe6dc"]);

function shortened(text: string): string {
  return text.length > 70 ? `${text.slice(0, 70)}... (${text.length})` : text;
}

describe("record names", () => {
  const record = (scheme: Scheme, ref: string, commit?: string) =>
    recordNames(
      scheme,
      { ref, ...(commit !== undefined && { commit }) },
      scheme === "pytorch" ? "T" : undefined,
    );

  it("are the commit's on main and on no other branch", () => {
    assert.deepEqual(record("pytorch", "refs/heads/main", KEY), [`T-${KEY}`]);
    assert.deepEqual(record("therock", "refs/heads/main", KEY), [KEY]);
    for (const ref of ["refs/heads/release/2.10", "refs/heads/a/main", "refs/tags/main"]) {
      assert.deepEqual(record("pytorch", ref, KEY), []);
      assert.deepEqual(record("therock", ref, KEY), []);
    }
  });

  it("hold no commit where none is known", () => {
    assert.deepEqual(record("pytorch", "refs/heads/main"), []);
    assert.deepEqual(record("therock", "refs/heads/main"), []);
  });

  it("are a release candidate's for its tag, with the commit or without", () => {
    assert.deepEqual(record("pytorch", "refs/tags/v2.10.0-rc1", KEY), ["T-v2.10.0-rc1"]);
    assert.deepEqual(record("pytorch", "refs/tags/v2.10.0-rc1"), ["T-v2.10.0-rc1"]);
    assert.deepEqual(record("pytorch", "refs/tags/v2.10.0"), []);
    assert.deepEqual(record("pytorch", "refs/heads/v2.10.0-rc1"), []);
    assert.deepEqual(record("therock", "refs/tags/v2.10.0-rc1"), []);
  });

  it("refuse what is no commit", () => {
    for (const bad of ["", "abc", KEY.toUpperCase(), `${KEY}0`]) {
      assert.throws(() => record("pytorch", "refs/heads/main", bad), /is no commit \(40 hex/);
    }
  });

  it("stand after the floating ones among all names of a ref", () => {
    const main = { ref: "refs/heads/main", commit: KEY };
    assert.deepEqual(refNames("pytorch", main, "T"), ["T", "T-main", `T-${KEY}`]);
    assert.deepEqual(refNames("therock", main), ["latest", "main", KEY]);
    const tag = { ref: "refs/tags/v2.10.0-rc1", commit: KEY };
    assert.deepEqual(refNames("pytorch", tag, "T"), ["T-v2.10.0-rc1"]);
    assert.deepEqual(refNames("pytorch", { ref: "refs/pull/1/merge" }, "T"), []);
    assert.deepEqual(refNames("therock", { ref: "refs/pull/1/merge" }), []);
  });
});

describe("names of content", () => {
  it("are made of the accelerator and the key, and of the key alone in a family with one image", () => {
    assert.equal(contentName("cuda12.8", KEY), `cuda12.8-k${KEY}`);
    assert.equal(contentName(undefined, KEY), `k${KEY}`);
  });

  it("tell the platform of a part of it", () => {
    const name = (platform: string) => platformTag(contentName("cuda12.8", KEY), platform);
    assert.equal(name("linux/amd64"), `cuda12.8-k${KEY}-amd64`);
    assert.equal(name("linux/arm/v7"), `cuda12.8-k${KEY}-arm-v7`);
    assert.equal(platformTag(contentName(undefined, KEY), "linux/arm64"), `k${KEY}-arm64`);
  });

  it("may be a folder's git tree", () => {
    assert.equal(treeName("cuda12.8", KEY), `cuda12.8-${KEY}`);
    assert.equal(treeName(undefined, KEY), KEY);
    assert.throws(() => treeName("cuda12.8", "HEAD:.ci"), /is no tree/);
  });

  it("pin a digest", () => {
    assert.equal(pinName(`sha256:${"a".repeat(64)}`), `pin-${"a".repeat(64)}`);
    assert.throws(() => pinName("a".repeat(64)), /is no digest/);
  });

  it("refuse a key that is not one", () => {
    for (const bad of ["", "abc", KEY.toUpperCase(), `${KEY}0`]) {
      assert.throws(() => contentName("cpu", bad), /is no content key/);
    }
  });
});

describe("channels", () => {
  it("that may have a stack are main and release branches of one level", () => {
    for (const yes of ["main", "release/2.10", "release/10.0", "release/main", "release/2"]) {
      assert.ok(isChannel(yes), yes);
    }
    const no = ["", "Main", "release/", "release/2.10/a", "release-2.10", "stage/docker/a", "a"];
    for (const text of [...no, "release/a b", "release/..", "release/a\n"]) {
      assert.ok(!isChannel(text), text);
    }
  });

  it("have a tag of their own, short enough to stand behind the longest accelerator", () => {
    assert.equal(channelTag("main"), "main");
    assert.equal(channelTag("release/2.10"), "release-2.10");
    assert.match(channelTag("release-2.10"), /^release-2\.10-h[0-9a-f]{20}$/);
    assert.match(channelTag("stage/docker/x"), /^stage-docker-x-h[0-9a-f]{20}$/);
    assert.match(channelTag("release/main"), /^release-main-h[0-9a-f]{20}$/);
    const branch = randomRef.filter((ref) => ref.startsWith("refs/heads/"));
    fc.assert(
      fc.property(fc.array(branch, { minLength: 20, maxLength: 20 }), (refs) => {
        const meanings = new Map<string, string>();
        const branches = refs.map((ref) => ref.slice("refs/heads/".length));
        for (const channel of [...branches, ...branches.map(channelTag)]) {
          const tag = channelTag(channel);
          assert.match(`${LONGEST}__${tag}`, TAG);
          assert.equal(meanings.get(tag) ?? channel, channel);
          meanings.set(tag, channel);
        }
      }),
      { numRuns: 50 },
    );
  });
});

/** What a name stands for, and the name. */
interface Meaning {
  readonly of: readonly (string | undefined)[];
  readonly name: string;
}

/** The names that a ref gives an image. */
function refMeanings(scheme: Scheme, ref: string, commit: string, accelerator?: string): Meaning[] {
  const branch = /^refs\/heads\/(.*)$/su.exec(ref)?.[1];
  const floating = branch === undefined ? [] : floatingNames(scheme, branch, accelerator);
  const records = recordNames(scheme, { ref, commit }, accelerator);
  const recorded = ref === branchRef("main") ? ["object", commit] : ["ref", ref];
  return [
    ...floating.map((name) => ({ of: [accelerator, "ref", ref], name })),
    ...records.map((name) => ({ of: [accelerator, ...recorded], name })),
  ];
}

/** The names that follow from hashes; a commit and a tree share a form, being objects of one repository. */
function hashMeanings(id: string, accelerator?: string): Meaning[] {
  return [
    { of: [accelerator, "object", id], name: treeName(accelerator, id) },
    { of: [accelerator, "content", id], name: contentName(accelerator, id) },
    { of: [accelerator, "stage content", id], name: stageContentName(accelerator, id) },
    ...["linux/amd64", "linux/arm64", "linux/arm/v7"].map((platform) => ({
      of: [accelerator, "content", id, platform],
      name: platformTag(contentName(accelerator, id), platform),
    })),
    { of: ["pin", id], name: pinName(`sha256:${id}${id.slice(0, 24)}`) },
  ];
}

/** Refs that somebody might make to get a name that another ref has. */
function imitations(name: string, accelerator?: string): string[] {
  const end = accelerator === undefined ? name : name.slice(accelerator.length + 1);
  return [
    ...[name, end].flatMap((text) => [
      `refs/heads/${text}`,
      `refs/heads/release/${text}`,
      `refs/heads/stage/docker/${text}`,
      `refs/heads/stage/docker/${text.replace(/^stage-/, "")}`,
      `refs/tags/${text}`,
      `refs/heads/${text.replaceAll("-", "/")}`,
      `refs/heads/${text.toUpperCase()}`,
    ]),
  ].filter((ref) => refProblem(ref) === undefined);
}

/** Parts near those that names add, so that unlucky pairs do come up. */
const accelerator = fc
  .array(
    fc.oneof(
      fc.constantFrom("cuda", "cuda12.8", "main", "2.10", "latest", "pin", "k", "sha256", "v2.10"),
      fc.constantFrom("py3", "v2.10.0", "rc1", "h", "arm64", "arm", "v7", "stage"),
      objectId.map((text) => `k${text}`),
      objectId,
      letters("0123456789abcdef", 20).map((text) => `h${text}`),
      letters("a0.", 1, 3),
      fc.constantFrom(20, 40, 62, 63).map((length) => "x".repeat(length)),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((parts) => parts.join("-"))
  .filter((name) => acceleratorProblem(name) === undefined);

/** Adds meanings to those known by name, and fails where one name comes to have two. */
function addAll(known: Map<string, string>, all: readonly Meaning[]): void {
  for (const { of, name } of all) {
    if (!TAG.test(name)) assert.fail(`${name} is no tag`);
    const text = of.join(" ");
    const before = known.get(name) ?? text;
    if (before !== text) assert.fail(`${name} means ${before} and ${text}`);
    known.set(name, text);
  }
}

describe("names of all refs, accelerators and kinds", () => {
  const refs = (count: number) => fc.array(randomRef, { minLength: count, maxLength: count });
  const ids = fc.array(objectId, { minLength: 3, maxLength: 3 });
  // A clash names itself; shrinking thousands of refs would take minutes.

  it("are tags, and never one for two, in a family with accelerators", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(
        refs(20),
        ids,
        fc.array(accelerator, { minLength: 3, maxLength: 3 }),
        (some, objects, accelerators) => {
          const known = new Map<string, string>();
          const all = new Set([...some, "refs/heads/main", "refs/heads/release/2.10"]);
          const family = new Set([...accelerators, LONGEST]);
          // Imitations of the names join the refs, and the accelerators where they may; then everything meets.
          for (const one of family) {
            const found = [
              ...objects.flatMap((id) => hashMeanings(id, one)),
              ...[...all].flatMap((ref) => refMeanings("pytorch", ref, objects[0]!, one)),
            ];
            for (const { name } of found) {
              for (const imitation of imitations(name, one)) all.add(imitation);
              if (acceleratorProblem(name) === undefined) family.add(name);
            }
          }
          for (const one of family) {
            for (const id of objects) addAll(known, hashMeanings(id, one));
            for (const ref of all) addAll(known, refMeanings("pytorch", ref, objects[0]!, one));
          }
          for (const ref of all) seen.add(ref);
        },
      ),
      { numRuns: 6, endOnFailure: true },
    );
    assert.ok(seen.size > 10_000, String(seen.size));
  });

  it("are tags, and never one for two, in a family with one image", () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(refs(40), ids, (some, objects) => {
        const known = new Map<string, string>();
        for (const id of objects) addAll(known, hashMeanings(id));
        let all = new Set([...some, "refs/heads/main"]);
        for (const id of objects) for (const ref of imitations(id)) all.add(ref);
        for (let round = 1; round <= 3; round++) {
          const found = [...all].flatMap((ref) => refMeanings("therock", ref, objects[0]!));
          addAll(known, found);
          for (const ref of all) seen.add(ref);
          all = new Set([...known.keys()].flatMap((name) => imitations(name)));
        }
      }),
      { numRuns: 8, endOnFailure: true },
    );
    assert.ok(seen.size > 5000, String(seen.size));
  });

  it("let no accelerator be called like a name of another", () => {
    fc.assert(
      fc.property(accelerator, randomRef, objectId, (one, ref, id) => {
        for (const { name } of [
          ...refMeanings("pytorch", ref, id, one),
          ...hashMeanings(id, one),
        ]) {
          assert.equal(acceleratorProblem(name) === undefined, name === one, name);
        }
      }),
      { numRuns: 2000 },
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
    "cuda-h100",
    LONGEST,
  ]) {
    it(`may be ${good}`, () => {
      assert.equal(acceleratorProblem(good), undefined);
    });
  }

  const ends = (name: string, meaning: string, end: string) =>
    `"${name}" ends like the name of ${meaning} ("${end}"); join the last part otherwise, e.g. "ubuntu24.04" for "ubuntu-24.04"`;
  const grammar = (name: string) =>
    `"${name}" is no accelerator; write lower-case letters and digits, parts separated by one ".", "_" or "-"`;
  const reserved = (name: string) =>
    `"${name}" is reserved: "latest" and names that begin with "pin" or "sha256" mean something else on a registry`;
  const MARK = `h${KEY.slice(0, 20)}`;
  for (const [bad, message] of [
    ["", grammar("")],
    ["CUDA", grammar("CUDA")],
    ["a--b", grammar("a--b")],
    ["-a", grammar("-a")],
    ["a.", grammar("a.")],
    ["cuda/12", grammar("cuda/12")],
    [
      "b".repeat(64),
      `"${"b".repeat(64)}" has 64 characters; at most 63 leave room for a commit in a tag`,
    ],
    ["latest", reserved("latest")],
    ["pin", reserved("pin")],
    ["pin-a", reserved("pin-a")],
    ["sha256", reserved("sha256")],
    ["sha256-a", reserved("sha256-a")],
    ["main", ends("main", "the main channel", "main")],
    ["cuda-main", ends("cuda-main", "the main channel", "-main")],
    ["cuda-2.10", ends("cuda-2.10", "a release channel", "-2.10")],
    ["ubuntu-24", ends("ubuntu-24", "a release channel", "-24")],
    ["cpu-v2.10.0-rc1", ends("cpu-v2.10.0-rc1", "a version tag", "-v2.10.0-rc1")],
    ["cpu-kabcdef0", ends("cpu-kabcdef0", "a content key", "-kabcdef0")],
    [`k${KEY}`, ends(`k${KEY}`, "a content key", `k${KEY}`)],
    [`cpu-k${KEY}-arm64`, ends(`cpu-k${KEY}-arm64`, "a content key", `-k${KEY}-arm64`)],
    [`cpu-${KEY}`, ends(`cpu-${KEY}`, "a commit", `-${KEY}`)],
    [`cpu-foo-${MARK}`, ends(`cpu-foo-${MARK}`, "a ref with a mark", `-${MARK}`)],
  ] as const) {
    it(`may not be ${JSON.stringify(shortened(bad))}`, () => {
      assert.equal(acceleratorProblem(bad), message);
    });
  }
});
