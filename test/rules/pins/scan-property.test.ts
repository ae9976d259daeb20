import assert from "node:assert/strict";
import fc from "fast-check";
import type { Place } from "../../../rules/pins/place.ts";
import { scanText } from "../../../rules/pins/scan.ts";
import { readTextFile, type TextFile, writeTextFile } from "../../../rules/pins/text-file.ts";
import { ECR, IMAGES } from "./support/scanned.ts";

/** A reference whose digest is filled in later. */
interface Planted {
  readonly name: string;
  readonly tag: string;
  readonly hasDigest: boolean;
}

/** How a kind of file writes a string in pieces. */
interface Writing {
  readonly path: string;
  readonly open: string;
  readonly close: string;
  /** What may stand between two pieces; none where nothing is split. */
  readonly joints: readonly string[];
}

const WRITINGS: readonly Writing[] = [
  {
    path: "a.py",
    open: 'X = (\n    "',
    close: '",\n)',
    joints: ['" "', '"\n    "', '" + "', '"  # a "note"\n    f"', '" \\\n    "', '""'],
  },
  { path: "a.ts", open: "const x = '", close: "';", joints: ["' + '", "' +\n  '", "'\n  + '"] },
  { path: "a.sh", open: 'docker pull "', close: '"', joints: ["\\\n", '""'] },
  { path: "Dockerfile", open: "FROM ", close: " AS x", joints: ["\\\n"] },
  { path: "Makefile", open: "\tpull ", close: "", joints: ["\\\n"] },
  { path: "a.yml", open: "image: ", close: " # main", joints: [] },
  { path: "a.yml", open: 'image: "', close: '"', joints: ["\\\n    "] },
  { path: "a.json", open: '{"image": "', close: '", "n": 1}', joints: [] },
  { path: "a.md", open: "See `", close: "`, please.", joints: [] },
  { path: "a.txt", open: "“", close: "” ä", joints: [] },
];

/** What must be told from references, whatever stands around. */
const DECOYS = [
  "",
  "plain words, {braces} and 'quotes'",
  "ghcr.io/rocm/build_manylinux is an image",
  `image: ghcr.io/other/build_manylinux@sha256:${"d".repeat(64)}`,
  `image: mirror.io/ghcr.io/rocm/ci-image:jammy-rocm@sha256:${"d".repeat(64)}`,
  `"ghcr.io/rocm/build_manylinux_2@sha256:${"d".repeat(64)}",`,
  `ubuntu-22.04 $ubuntu:1 https://github.com/ROCm/ubuntu:x`,
  `commit ${"c".repeat(40)}`,
];

/** Names that only a running program knows: what is found is the digest behind them. */
const INTERPOLATED = ["$HOST/rocm/$IMAGE", "${IMAGE}", "ghcr.io/rocm/x-$OS"];

const hex = fc.stringMatching(/^[0-9a-f]{64}$/);
const reference: fc.Arbitrary<Planted> = fc.record({
  name: fc.constantFrom(
    "ghcr.io/rocm/build_manylinux",
    "GHCR.io/ROCm/build_manylinux_rccl",
    "ghcr.io/rocm/build_manylinux-candidate",
    `${ECR}/rocm/ci-image`,
    "${REGISTRY}/rocm/ci-image",
    "ghcr.io/$OWNER/ci-image",
    "rocm/ci-image",
    "docker://ubuntu",
    "docker.io/library/ubuntu",
    ...INTERPOLATED,
  ),
  tag: fc.constantFrom("", ":main", ":jammy-rocm-2.10", ":22.04"),
  hasDigest: fc.boolean(),
});
const plant = fc.record({
  reference: reference.filter(
    ({ name, tag, hasDigest }) => hasDigest || (tag !== "" && !INTERPOLATED.includes(name)),
  ),
  cuts: fc.array(fc.nat(200), { maxLength: 4 }),
  joint: fc.nat(20),
  decoy: fc.constantFrom(...DECOYS),
});
const tree = fc.record({
  writing: fc.constantFrom(...WRITINGS),
  plants: fc.array(plant, { minLength: 1, maxLength: 5 }),
  lineEnd: fc.constantFrom("\n", "\r\n"),
  encoding: fc.constantFrom("utf-8", "utf-8 with mark", "utf-16le", "utf-16be", "latin1"),
});
type Tree = typeof tree extends fc.Arbitrary<infer Value> ? Value : never;

function written({ name, tag, hasDigest }: Planted, digest: string): string {
  return `${name}${tag}${hasDigest ? `@sha256:${digest}` : ""}`;
}

/** What is found of it. */
function found(planted: Planted, digest: string): string {
  if (INTERPOLATED.includes(planted.name)) return `sha256:${digest}`;
  return written(planted, digest).replace("docker://", "");
}

/** The file with a digest for each reference. */
function bytesOf({ writing, plants, lineEnd, encoding }: Tree, digests: readonly string[]): Buffer {
  const lines = plants.flatMap(({ reference: planted, cuts, joint, decoy }, index) => {
    const whole = written(planted, digests[index] ?? "");
    const between = writing.joints[joint % Math.max(1, writing.joints.length)];
    // A name with an interpolation is cut after it only.
    const first = /[$:]/.test(planted.name) ? planted.name.length : 1;
    const places = new Set(cuts.map((cut) => first + (cut % (whole.length - first))));
    const sorted = [...places].sort((a, b) => a - b);
    const pieces = [0, ...sorted].map((from, at) => whole.slice(from, sorted[at]));
    const text = between === undefined ? whole : pieces.join(between);
    return [decoy, `${writing.open}${text}${writing.close}`, ""];
  });
  const text = lines.join("\n").replaceAll("\n", lineEnd);
  if (encoding === "utf-16le") return Buffer.from(`\ufeff${text}`, "utf16le");
  if (encoding === "utf-16be") return Buffer.from(`\ufeff${text}`, "utf16le").swap16();
  if (encoding === "latin1") return Buffer.from(text, "latin1");
  return Buffer.from(encoding === "utf-8" ? text : `\ufeff${text}`);
}

/** The text with other digits where the places say that theirs are. */
function withDigests(text: string, places: readonly Place[], digests: readonly string[]): string {
  const pieces: string[] = [];
  let from = 0;
  for (const [index, { digest }] of places.entries()) {
    let at = 0;
    for (const { start, end } of digest?.spans ?? []) {
      pieces.push(text.slice(from, start), digests[index]?.slice(at, at + end - start) ?? "");
      at += end - start;
      from = end;
    }
  }
  return [...pieces, text.slice(from)].join("");
}

function read(bytes: Buffer, path: string): TextFile {
  const file = readTextFile(path, Buffer.from(bytes));
  assert.ok(file !== undefined);
  return file;
}

describe("references in random texts", () => {
  it("are each found once, whole, and their digests' characters are exactly where they are said to be", () => {
    fc.assert(
      fc.property(
        tree,
        fc.array(fc.tuple(hex, hex), { minLength: 5, maxLength: 5 }),
        (tree_, pairs) => {
          const before = pairs.map(([one]) => one);
          const after = pairs.map(([, other]) => other);
          const file = read(bytesOf(tree_, before), tree_.writing.path);
          const places = scanText(file, IMAGES);
          assert.deepEqual(
            places.map((place) => place.written),
            tree_.plants.map(({ reference: planted }, index) =>
              found(planted, before[index] ?? ""),
            ),
          );
          assert.deepEqual(
            writeTextFile({ ...file, text: withDigests(file.text, places, after) }),
            bytesOf(tree_, after),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  it("are found in the order of the text, in no two pieces that overlap, whatever the text is", () => {
    const word = fc.constantFrom(
      "ghcr.io/rocm/",
      "build_manylinux",
      "ci-image",
      "ubuntu",
      "@sha256:",
      "a1".repeat(32),
      ":",
      "/",
      '"',
      "'",
      "`",
      "\\",
      "\n",
      "\r\n",
      " ",
      "+",
      "#",
      "${X}",
      "{",
      "}",
      "$(",
      ")",
      "%2F",
      "%",
      "&#64;",
      "\\/",
      "@",
      "-",
      ".",
      "main",
      "slipway: hold until ",
      "2027-01-01",
      "é",
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 60 }), (words) => {
        const file = read(Buffer.from(words.join("")), "a.py");
        const spans = scanText(file, IMAGES).flatMap(({ repositorySpans, tag, digest }) => [
          ...repositorySpans,
          ...(tag?.spans ?? []),
          ...(digest?.spans ?? []),
        ]);
        let end = 0;
        for (const span of spans) {
          assert.ok(span.start >= end && span.end > span.start, JSON.stringify(spans));
          end = span.end;
        }
      }),
      { numRuns: 2000 },
    );
  });
});
