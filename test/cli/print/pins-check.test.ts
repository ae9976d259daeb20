import assert from "node:assert/strict";
import { pinsAnnotations } from "../../../cli/print/pins-annotations.ts";
import { pinsCheckJson, pinsCheckText } from "../../../cli/print/pins-check.ts";
import type { PinFinding } from "../../../rules/pins/finding-kind.ts";
import type { Place } from "../../../rules/pins/place.ts";
import {
  candidate,
  digestOf,
  managed,
  pin,
  tagged,
  without,
} from "../../rules/pins/support/places.ts";

const ubuntu = {
  ...{ host: "docker.io", path: "library/ubuntu" },
  ...{ accelerators: [], candidate: false },
};
const report = {
  ...{ files: 7, large: [], hosts: ["ghcr.io"], offline: false, newer: [], stack: "main" },
  managed: { repositories: [managed, { ...managed, host: "docker.io" }, candidate, ubuntu] },
};
const message = "tools is pinned at 2 digests; newer than this is sha256:bbbbbbbbbbbb";
const command = "slipway pins bump tools";
const remedy = "or say why it stays";
const found = (place: Place, more: Partial<PinFinding> = {}): PinFinding => ({
  ...{ kind: "two-digests", place, message, command, remedy },
  ...more,
});

/** Sets environment variables around every test of a suite. */
function withEnvironment(values: Readonly<Record<string, string | undefined>>): void {
  const outside = new Map(Object.keys(values).map((name) => [name, process.env[name]]));
  const set = (name: string, value: string | undefined) => {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  };
  beforeEach(() => Object.entries(values).forEach(([name, value]) => set(name, value)));
  afterEach(() => outside.forEach((value, name) => set(name, value)));
}

describe("what is printed of pins", () => {
  withEnvironment({ GITHUB_ACTIONS: undefined });

  it("is one line where nothing is wrong", () => {
    assert.equal(
      pinsCheckText({ ...report, places: [pin("a"), pin("a", { line: 13 })], findings: [] }),
      "nothing to do: 2 places, 1 image, 1 digest, read 7 files, asked ghcr.io",
    );
  });

  it("says where there is no pin at all what of was looked for", () => {
    assert.equal(
      pinsCheckText({ ...report, places: [], findings: [], hosts: [] }).replaceAll(/\n +/g, " "),
      "no pin found of the images of stack main; looked for tools on ghcr.io, docker.io; docker.io/library/ubuntu; read 7 files that may have some",
    );
  });

  it("notes each image that is published anew, in one line that can be copied", () => {
    const move = `slipway pins bump tools --root ${"../a-folder-with-a-long-name/".repeat(5)}`;
    const newer = [{ image: "tools", digest: digestOf("b"), channel: "main", command: move }];
    assert.deepEqual(
      pinsCheckText({ ...report, newer, places: [pin("a")], findings: [] }).split("\n"),
      [
        `note: tools: a newer one is published, sha256:bbbbbbbbbbbb (channel main): ${move}`,
        "no finding: 1 place, 1 image, 1 digest, read 7 files, asked ghcr.io",
      ],
    );
  });

  it("breaks no command at the end of a line", () => {
    const long = `slipway pins bump tools --root ${"../a-folder-with-a-long-name/".repeat(5)}`;
    const findings = [found(pin("a"), { command: long, remedy: "word ".repeat(40).trim() })];
    const lines = pinsCheckText({ ...report, places: [pin("a")], findings }).split("\n");
    assert.ok(lines.includes(`    -> ${long}`), lines.join("\n"));
    assert.ok(lines.every((line) => line.includes(long) || line.length <= 100));
  });

  it("tells findings image by image, what is the same of several places once", () => {
    const places = [
      pin("a"),
      pin("a", { file: "docs/guide.md", line: 5, column: 1, ...tagged("latest") }),
      pin(undefined, { image: "almalinux-builder/cuda12.8", ...tagged("cuda12.8") }),
    ];
    const findings = [
      ...places.slice(0, 2).map((place) => found(place)),
      {
        kind: "floating" as const,
        place: places[2]!,
        message: "it moves",
        remedy: "write a digest",
      },
    ];
    assert.equal(
      pinsCheckText({ ...report, places, findings }),
      [
        "almalinux-builder/cuda12.8",
        "  floating: it moves",
        "    .github/workflows/ci.yml:12:18  :cuda12.8",
        "    -> write a digest",
        "",
        "tools",
        "  two-digests: tools is pinned at 2 digests; newer than this is sha256:bbbbbbbbbbbb",
        "    .github/workflows/ci.yml:12:18  sha256:aaaaaaaaaaaa",
        "    docs/guide.md:5:1               latest@sha256:aaaaaaaaaaaa",
        "    -> slipway pins bump tools",
        "       or say why it stays",
        "",
        "3 findings at 3 of 3 places; 2 images, 1 digest, read 7 files, asked ghcr.io",
      ].join("\n"),
    );
  });

  it("notes what was not checked and not read, which are no findings", () => {
    const places = [pin("a"), pin("b"), pin("b", { line: 13 })];
    const findings = places.map((place) =>
      found(place, { kind: "unchecked", message: "no login" }),
    );
    const text = pinsCheckText({ ...report, large: ["data.json"], places, findings });
    assert.deepEqual(text.split("\n").slice(0, 2), [
      "note: not checked: 2 digests at 3 places: no login",
      "note: not read, since it is larger than 16 MiB: data.json",
    ]);
    assert.match(text, /\nno finding: 3 places, 3 not checked, 1 image/);
    const both = [found(pin("a")), ...findings.slice(1)];
    const some = pinsCheckText({ ...report, places, findings: both });
    assert.match(some, /\n1 finding at 1 of 3 places, 2 not checked; 1 image/);
    assert.doesNotMatch(pinsCheckText({ ...report, offline: true, places, findings }), /no login/);
  });

  it("says of which family a digest is when nobody knows the image", () => {
    const place = without(pin("a", { repository: candidate }), "image");
    const text = pinsCheckText({ ...report, places: [place], findings: [found(place)] });
    assert.match(text, /^tools \(which of its images is not known\)\n/);
    const alone = without(place, "repository");
    assert.match(
      pinsCheckText({ ...report, places: [alone], findings: [found(alone)] }),
      /^\(an image that nobody knows\)\n/,
    );
  });

  it("shows what stands where a digest belongs, and on which registry a family is not", () => {
    const short = without(pin("a", { malformed: "sha256:abc" }), "digest");
    const elsewhere = without(pin("a", { repository: { ...managed, published: false } }), "image");
    const findings = [
      found(short, { kind: "malformed" }),
      found(elsewhere, { kind: "unpublished" }),
    ];
    const text = pinsCheckText({ ...report, places: [short, elsewhere], findings });
    assert.match(text, /^ {4}\.github\/workflows\/ci\.yml:12:18 {2}@sha256:abc$/m);
    assert.match(text, /^tools on ghcr\.io$/m);
  });

  it("holds nothing that a terminal would take for a command", () => {
    const place = pin("a", { file: "a\u001b]0;title\u0007\n::error::b.yml" });
    const findings = [found(place, { message: "held because \u001b[2J\u202e" })];
    const text = pinsCheckText({ ...report, places: [place], findings });
    assert.doesNotMatch(text, /[\u001b\u0007\u202e]/);
    assert.doesNotMatch(text, /\n::/);
  });
});

describe("what machines are told of pins", () => {
  it("is an object for each place, with an object for each finding where it has several", () => {
    const places = [
      pin("a"),
      pin(undefined, { line: 13, ...tagged("latest") }),
      pin("b", { line: 14 }),
    ];
    const findings = [found(places[0]!), found(places[0]!, { kind: "old" }), found(places[1]!)];
    const at = { file: ".github/workflows/ci.yml", column: 18, image: "tools" };
    const first = { ...at, line: 12, digest: digestOf("a"), tag: null };
    const rows: unknown = JSON.parse(pinsCheckJson(places, findings));
    assert.deepEqual(rows, [
      { ...first, finding: "two-digests" },
      { ...first, finding: "old" },
      { ...at, line: 13, digest: null, tag: "latest", finding: "two-digests" },
      { ...at, line: 14, digest: digestOf("b"), tag: null, finding: null },
    ]);
    assert.deepEqual(Object.keys((rows as object[])[0]!), [
      ...["file", "line", "column", "image", "digest", "tag", "finding"],
    ]);
  });

  it("is null where nobody knows the image", () => {
    const place = without(pin("a"), "image");
    const [row] = JSON.parse(pinsCheckJson([place], [])) as { image: unknown }[];
    assert.equal(row?.image, null);
  });
});

describe("what a workflow's run shows beside the code", () => {
  withEnvironment({ GITHUB_ACTIONS: "true", GITHUB_WORKSPACE: "/work" });

  it("is a line for each finding, its file below the checkout", () => {
    const place = pin("a");
    const unchecked = found(place, { kind: "unchecked" });
    assert.deepEqual(pinsAnnotations("/work/tree", [found(place), unchecked]), [
      `::error file=tree/.github/workflows/ci.yml,line=12,col=18::two-digests: ${message}; ${command}; ${remedy}`,
    ]);
    assert.match(
      pinsAnnotations("/other", [found(place)])[0]!,
      /^::error file=\.github\/workflows/,
    );
  });

  it("cannot be broken out of by a file's name or what it holds", () => {
    const place = pin("a", { file: "a,line=1::x\n::add-mask::b%0A.yml" });
    const lines = pinsAnnotations("/work", [
      found(place, { message: "because \n::stop-commands::x ##[error]" }),
    ]);
    assert.equal(lines.length, 1);
    assert.equal(
      lines[0],
      `::error file=a%2Cline=1%3A %3Ax%0A%3A %3Aadd-mask%3A %3Ab%250A.yml,line=12,col=18::two-digests: because %0A: :stop-commands: :x # #[error]; ${command}; ${remedy}`,
    );
  });

  it("is nothing elsewhere", () => {
    delete process.env["GITHUB_ACTIONS"];
    assert.deepEqual(pinsAnnotations("/work", [found(pin("a"))]), []);
  });
});
