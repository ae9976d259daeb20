import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import {
  type ImageList,
  imageListJsonSchema,
  imageListText,
  readImageList,
} from "../../rules/image-list.ts";
import { formatProblems } from "../../rules/problems.ts";

const COMMIT = "c".repeat(40);
const DIGEST = `sha256:${"1".repeat(64)}`;
const OTHER = `sha256:${"2".repeat(64)}`;
const SCHEMA = join(import.meta.dirname, "../../docs/images.schema.json");
const WRITE_SCHEMA =
  `node --input-type=module -e 'import { imageListJsonSchema } from "./rules/image-list.ts"; console.log(JSON.stringify(imageListJsonSchema()))'` +
  " > docs/images.schema.json && npx prettier --write docs/images.schema.json";

const GOOD: ImageList = {
  version: 1,
  repository: "pytorch/pytorch",
  channel: "release/2.10",
  ref: "refs/tags/v2.10.0-rc1",
  commit: COMMIT,
  families: {
    "ci-image": {
      images: {
        "rocm7.0": {
          digest: DIGEST,
          contentName: `rocm7.0-k${"a".repeat(40)}`,
          commit: COMMIT,
          platforms: ["linux/amd64", "linux/arm64"],
          references: {
            ecr: `308535385114.dkr.ecr.us-east-1.amazonaws.com/pytorch/ci-image@${DIGEST}`,
            "ghcr.io": `ghcr.io/pytorch/ci-image@${DIGEST}`,
          },
          names: ["ghcr.io/pytorch/ci-image:rocm7.0-2.10"],
        },
      },
    },
  },
};

type Change = (list: Record<string, never>) => void;

/** The faults of the good list after a change. */
function faults(...changes: readonly Change[]): string {
  // So that a test can spoil any part of it.
  const list = structuredClone(GOOD) as unknown as Record<string, never>;
  for (const change of changes) change(list);
  const read = readImageList(JSON.stringify(list));
  assert.ok("problems" in read, "it was read without a fault");
  return formatProblems("images.json", read.problems);
}

/** Sets a value by its path in the list, with images reached as `image`. */
function set(path: readonly string[], value: unknown): Change {
  return (list) => {
    const full =
      path[0] === "image" ? ["families", "ci-image", "images", "rocm7.0", ...path.slice(1)] : path;
    let place: Record<string, unknown> = list;
    for (const key of full.slice(0, -1)) place = place[key] as Record<string, unknown>;
    place[full.at(-1)!] = value;
  };
}

describe("an images.json", () => {
  it("is read as it was written", () => {
    const read = readImageList(imageListText(GOOD));
    assert.deepEqual(read, { list: GOOD });
  });

  it("has one text for equal lists, in whatever order their keys were set", () => {
    const { families, ...rest } = GOOD;
    assert.equal(imageListText({ families, ...rest }), imageListText(GOOD));
  });

  it("tells all of its faults at once, each with its place", () => {
    assert.equal(
      faults(
        set(["version"], 2),
        set(["extra"], true),
        set(["ref"], "main"),
        set(["image", "digest"], "sha256:1"),
        set(["image", "references", "quay.io"], `quay.io/a/b@${DIGEST}`),
        set(["image", "names"], ["ghcr.io/pytorch/ci-image"]),
        set(["families", "Upper"], { images: {} }),
      ),
      `images.json: 7 problems
  extra: unknown key; the keys here are version, repository, channel, ref, commit, families
  families.Upper: "Upper" cannot stand here; write lower-case letters and digits, parts separated by one ".", "_" or "-"
  families.ci-image.images.rocm7.0.digest: "sha256:1" is not a digest; write e.g. sha256: and 64 hex digits
  families.ci-image.images.rocm7.0.names.0: "ghcr.io/pytorch/ci-image" is not a name; write e.g. ghcr.io/pytorch/ci-image:cuda12.8
  families.ci-image.images.rocm7.0.references.quay.io: unknown key; the keys here are ecr, ghcr.io, docker.io
  ref: "main" is not a branch or tag in full; write e.g. refs/heads/main
  version: 2 is not a version that this program knows; write e.g. 1`,
    );
  });

  it("refuses a reference with another digest than its image", () => {
    const path = ["image", "references", "ghcr.io"];
    assert.match(
      faults(set(path, `ghcr.io/pytorch/ci-image@${OTHER}`)),
      /references\.ghcr\.io: .* has another digest than its image, "sha256:1+"/,
    );
  });

  it("refuses references outside the grammar of image references", () => {
    for (const [reference, message] of [
      [`ghcr.io/pytorch/ci-image:rocm7.0@${DIGEST}`, /has a tag/],
      [`ghcr.io/Pytorch/ci-image@${DIGEST}`, /is not a repository path/],
      [`ci/image@${DIGEST}`, /names no registry/],
      ["ghcr.io/pytorch/ci-image:rocm7.0", /is not a reference by digest/],
    ] as const) {
      assert.match(faults(set(["image", "references", "ghcr.io"], reference)), message, reference);
    }
  });

  it("refuses a name that stands twice, in one image or in two", () => {
    const name = "ghcr.io/pytorch/ci-image:rocm7.0-2.10";
    assert.match(
      faults(set(["image", "names"], [name, name])),
      /names\.1: .* a name stands for one/,
    );
    const image = GOOD.families["ci-image"]!.images["rocm7.0"]!;
    assert.match(
      faults(set(["families", "other"], { images: { default: image } })),
      /families\.other\.images\.default\.names\.0: .* is in families\.ci-image\.images\.rocm7\.0\.names too/,
    );
  });

  it("refuses a key that stands twice, of which readers would take one or the other", () => {
    const twice = imageListText(GOOD).replace('"version": 1,', '"version": 1, "channel": "main",');
    const read = readImageList(twice);
    assert.ok("problems" in read);
    assert.equal(
      formatProblems("images.json", read.problems),
      "images.json: 1 problem\n  channel: stands there twice; write each key once",
    );
  });

  it("refuses a platform that is listed twice, or none", () => {
    assert.match(
      faults(set(["image", "platforms"], ["linux/amd64", "linux/amd64"])),
      /platforms\.1: .* listed twice/,
    );
    assert.match(faults(set(["image", "platforms"], [])), /platforms: empty/);
  });

  it("refuses whatever key is missing or added, at every place", () => {
    const places = [[], ["families", "ci-image"], ["image"]];
    const add = places.map((place) => set([...place, "added"], 1));
    assert.match(faults(...add), /^images\.json: 3 problems\n(?:.*unknown key.*\n?){3}$/);
    for (const key of Object.keys(GOOD)) {
      const without = { ...GOOD, [key]: undefined };
      const read = readImageList(JSON.stringify(without));
      assert.ok("problems" in read && read.problems.some(({ path }) => path === key), key);
    }
  });

  it("is refused and never throws, whatever JSON or text it is", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        const read = readImageList(text);
        assert.ok("problems" in read && read.problems.length > 0);
      }),
    );
  });

  it("has the JSON Schema that the docs hold", async () => {
    const written: unknown = JSON.parse(await readFile(SCHEMA, "utf8"));
    assert.deepEqual(written, imageListJsonSchema(), `stale; write it anew: ${WRITE_SCHEMA}`);
  });
});
