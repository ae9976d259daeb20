/* Which images of a list are kept, and lists that are not believed. */
import assert from "node:assert/strict";
import { type CachedListRules, imagesToKeep } from "../../rules/cached-list.ts";
import { type ImageList, imageListText, readImageList } from "../../rules/image-list.ts";
import { formatProblems } from "../../rules/problems.ts";

const COMMIT = "c".repeat(40);
const DIGEST = `sha256:${"1".repeat(64)}`;
const ECR = "308535385114.dkr.ecr.us-east-1.amazonaws.com";
const ROCM = "pytorch-linux-jammy-rocm-n-py3";

const RULES: CachedListRules = {
  ...{ repository: "pytorch/pytorch", channel: "main" },
  families: [
    {
      ...{ name: "ci-image", scheme: "pytorch" },
      repositories: { ecr: `${ECR}/pytorch/ci-image`, "ghcr.io": "ghcr.io/pytorch/ci-image" },
    },
    {
      ...{ name: "no_rocm_image", scheme: "therock" },
      repositories: { "ghcr.io": "ghcr.io/pytorch/no_rocm_image" },
    },
  ],
};

const LIST: ImageList = {
  ...{ version: 1, repository: "PyTorch/PyTorch", channel: "main", ref: "refs/heads/main" },
  commit: COMMIT,
  families: {
    "ci-image": {
      images: {
        [ROCM]: {
          ...{ digest: DIGEST, contentName: `${ROCM}-k${"a".repeat(40)}`, commit: COMMIT },
          platforms: ["linux/amd64"],
          references: {
            "ghcr.io": `ghcr.io/pytorch/ci-image@${DIGEST}`,
            ecr: `${ECR}/pytorch/ci-image@${DIGEST}`,
          },
          names: [`ghcr.io/pytorch/ci-image:${ROCM}`],
        },
      },
    },
    no_rocm_image: {
      images: {
        default: {
          ...{ digest: DIGEST, contentName: `k${"b".repeat(40)}`, commit: COMMIT },
          ...{ platforms: ["linux/amd64"], names: [] },
          references: { "ghcr.io": `ghcr.io/pytorch/no_rocm_image@${DIGEST}` },
        },
      },
    },
  },
};

type Entry = ImageList["families"][string]["images"][string];
const GOOD = LIST.families["ci-image"]!.images[ROCM]!;

/** The list with other images. */
const listOf = (
  families: Readonly<Record<string, Readonly<Record<string, Entry>>>>,
): ImageList => ({
  ...LIST,
  families: Object.fromEntries(
    Object.entries(families).map(([family, images]) => [family, { images }]),
  ),
});
const withEntry = (change: Partial<Entry>) =>
  listOf({ "ci-image": { [ROCM]: { ...GOOD, ...change } } });

/** Everything that is wrong with a text, as the command looks at it. */
function faults(json: string): string {
  const read = readImageList(json);
  const judged = "problems" in read ? read : imagesToKeep(read.list, RULES);
  assert.ok("problems" in judged, "it was taken");
  return formatProblems("images.json", judged.problems);
}

describe("a list of images for a cache", () => {
  it("gives each image its label and places, in the order of image.yaml", () => {
    const judged = imagesToKeep(LIST, RULES);
    assert.ok("images" in judged);
    const [rocm, only] = judged.images;
    assert.deepEqual(
      judged.images.map(({ label }) => label),
      [`ci-image/${ROCM}`, "no_rocm_image"],
    );
    assert.deepEqual(Object.entries(rocm!.repositories), [
      ["ecr", `${ECR}/pytorch/ci-image`],
      ["ghcr.io", "ghcr.io/pytorch/ci-image"],
    ]);
    assert.deepEqual(Object.entries(rocm!.references), [
      ["ecr", `${ECR}/pytorch/ci-image@${DIGEST}`],
      ["ghcr.io", `ghcr.io/pytorch/ci-image@${DIGEST}`],
    ]);
    const { digest, contentName, commit, names } = GOOD;
    assert.deepEqual(
      { ...rocm, label: "", repositories: {}, references: {} },
      {
        ...{ digest, contentName, commit, names, label: "", repositories: {}, references: {} },
      },
    );
    assert.deepEqual(Object.keys(only!.references), ["ghcr.io"]);
  });

  it("may lack an image's registries, and then gives it fewer places", () => {
    const judged = imagesToKeep(withEntry({ references: {}, names: [] }), RULES);
    assert.ok("images" in judged);
    assert.deepEqual(judged.images[0]!.repositories, {});
  });

  describe("of a release line", () => {
    const rules: CachedListRules = { ...RULES, channel: "release/2.9" };
    const release = (families: Parameters<typeof listOf>[0]) =>
      imagesToKeep({ ...listOf(families), channel: "release/2.9" }, rules);

    it("may have a family that main gave up, which is left out with a note", () => {
      const judged = release({
        ...{ "ci-image": { [ROCM]: GOOD }, old: { [ROCM]: GOOD, default: GOOD } },
      });
      assert.ok("images" in judged);
      assert.deepEqual(
        judged.images.map(({ label }) => label),
        [`ci-image/${ROCM}`],
      );
      assert.deepEqual(judged.leftOut, [`old/${ROCM}`, "old"]);
      assert.deepEqual(judged.notes, [
        '"old": no family of the stack in this checkout. Its images are left out, and stay as they are in the store; a checkout of release/2.9 refreshes them',
      ]);
    });

    it("may have a registry that main gave up, which is never asked", () => {
      const docker = { "docker.io": `docker.io/pytorch/ci-image@${DIGEST}` };
      const names = ["docker.io/pytorch/ci-image:cuda", `ghcr.io/pytorch/ci-image:${ROCM}`];
      const cuda = { ...GOOD, contentName: `cuda-k${"a".repeat(40)}` };
      const judged = release({
        "ci-image": {
          [ROCM]: { ...GOOD, references: { ...GOOD.references, ...docker }, names },
          cuda: { ...cuda, references: docker, names: [] },
        },
      });
      assert.ok("images" in judged);
      const [image] = judged.images;
      assert.deepEqual(Object.keys(image!.references), ["ecr", "ghcr.io"]);
      assert.deepEqual(Object.keys(image!.repositories), ["ecr", "ghcr.io"]);
      assert.deepEqual(image!.names, names.slice(1));
      assert.deepEqual([judged.images.length, judged.leftOut], [1, ["ci-image/cuda"]]);
      assert.match(judged.notes.join("\n"), /^ci-image: nothing is asked of docker\.io, /);
    });

    it("is refused all the same when a place at the family's registries is another's", () => {
      for (const change of [
        { references: { "ghcr.io": `ghcr.io/attacker/ci-image@${DIGEST}` } },
        { references: { ecr: `ghcr.io/pytorch/ci-image@${DIGEST}` } },
        { names: ["ghcr.io/attacker/ci-image:cuda"] },
        { contentName: "latest" },
      ]) {
        const judged = release({ "ci-image": { [ROCM]: { ...GOOD, ...change } }, old: {} });
        assert.ok("problems" in judged, JSON.stringify(change));
      }
    });

    it("is told of at bounded length", () => {
      const families = Object.fromEntries(
        Array.from({ length: 5000 }, (_, index) => [`${"f".repeat(1000)}${index}`, {}]),
      );
      const judged = release(families);
      assert.ok("notes" in judged && judged.notes.join("\n").length < 1000);
      assert.match(judged.notes.join(), / and 4995 more: /);
    });
  });

  it("is refused with all its faults, each with its place", () => {
    const bad = {
      ...listOf({
        "ci-image": {
          [ROCM]: {
            ...GOOD,
            contentName: "latest",
            references: {
              ...GOOD.references,
              "ghcr.io": `ghcr.io/attacker/ci-image@${DIGEST}`,
              "docker.io": `docker.io/pytorch/ci-image@${DIGEST}`,
            },
            names: ["ghcr.io/attacker/ci-image:cuda"],
          },
          default: { ...GOOD, contentName: `k${"a".repeat(40)}`, names: [] },
        },
        "ci-imag": { [ROCM]: { ...GOOD, names: [] } },
      }),
      ...{ repository: "pytorch/vision", channel: "release/2.10" },
    };
    assert.equal(
      faults(imageListText(bad)),
      `images.json: 8 problems
  channel: "release/2.10" is not the channel that is refreshed, main; give that one's list, or write another --channel
  families.ci-imag: no family of the stack (did you mean "ci-image"?); it publishes ci-image, no_rocm_image. Name the stack that publishes it (--stack), or run from a checkout of the channel's branch
  families.ci-image.images.default: is no accelerator, and ci-image has one image for each accelerator (scheme pytorch in its image.yaml)
  families.ci-image.images.${ROCM}.contentName: "latest" is no content of this image; its names are ${ROCM}-k and 40 hex digits
  families.ci-image.images.${ROCM}.names.0: "ghcr.io/attacker/ci-image:cuda" is not in ${ECR}/pytorch/ci-image or ghcr.io/pytorch/ci-image, where the stack keeps the images of ci-image; write what slipway record made
  families.ci-image.images.${ROCM}.references.docker.io: "docker.io/pytorch/ci-image@${DIGEST}": the image.yaml of ci-image names no such registry; run from a checkout of the channel's branch where that one's does
  families.ci-image.images.${ROCM}.references.ghcr.io: "ghcr.io/attacker/ci-image@${DIGEST}" is not in ghcr.io/pytorch/ci-image, where the stack keeps the images of ci-image; write what slipway record made
  repository: "pytorch/vision" is not the stack's, pytorch/pytorch; give that one's list, or name another stack (--stack)`,
    );
  });

  it("is refused when an image is at another registry's or owner's place, or one that looks like ours", () => {
    for (const place of [
      "ghcr.io.attacker.example/pytorch/ci-image",
      "ghcr.io:443/pytorch/ci-image",
      "ghcr-io.example/pytorch/ci-image",
      "localhost:5000/pytorch/ci-image",
      "ghcr.io/pytorch/ci-image-cache",
      "ghcr.io/pytorch/pytorch/ci-image",
      "ghcr.io/pytorchh/ci-image",
      "ghcr.io/pytorch/no_rocm_image",
      `${ECR}/pytorch/ci-image`,
    ]) {
      const references = { "ghcr.io": `${place}@${DIGEST}` };
      assert.match(
        faults(JSON.stringify(withEntry({ references }))),
        /^images\.json: 1 problem\n {2}\S+references\.ghcr\.io: .* is not in ghcr\.io\/pytorch\/ci-image, /,
        place,
      );
    }
  });

  it("is refused when a reference is a name, or has tricks in it", () => {
    for (const reference of [
      "ghcr.io/pytorch/ci-image:latest",
      `ghcr.io/pytorch/ci-image:latest@${DIGEST}`,
      `ghcr.io/pytorch/ci-image/../../attacker/x@${DIGEST}`,
      `ghcr.io/pytorch//ci-image@${DIGEST}`,
      `ghcr.io/pytorch/ci-image@${DIGEST}\n`,
      `ghcr.io/pytorch/ci-image$(id)@${DIGEST}`,
      `https://ghcr.io/pytorch/ci-image@${DIGEST}`,
      `me:secret@ghcr.io/pytorch/ci-image@${DIGEST}`,
      `ghcr.io/pytorch/ci-image@${DIGEST.toUpperCase()}`,
      `ghcr.io/pytorch/ci-image@sha512:${"1".repeat(128)}`,
    ]) {
      const list = withEntry({ references: { "ghcr.io": reference } });
      assert.match(faults(JSON.stringify(list)), /references\.ghcr\.io: /, reference);
    }
  });

  it("is refused when what becomes a path or an engine's tag has tricks in it", () => {
    const names = [
      "..",
      ".",
      "a/b",
      "../../etc",
      "a b",
      "a\nb",
      "$(id)",
      "A",
      "",
      "a+b",
      "a@b",
      "*",
    ];
    for (const name of [...names, "a".repeat(300), "-a", "a\0", "ａ"]) {
      const asFamily = { ...listOf({}), families: { [name]: { images: {} } } };
      assert.match(faults(JSON.stringify(asFamily)), /\n {2}families/, `family ${name}`);
      const asAccelerator = listOf({ "ci-image": { [name]: { ...GOOD, names: [] } } });
      assert.match(faults(JSON.stringify(asAccelerator)), /\n {2}families/, `accelerator ${name}`);
    }
    for (const contentName of [
      ...["latest", ROCM, `${ROCM}-main`, `k${"a".repeat(40)}`, `cuda-k${"a".repeat(40)}`],
      ...[
        `${ROCM}-k${"a".repeat(40)}-stage`,
        `${ROCM}-k${"a".repeat(39)}`,
        `${ROCM}-k${"A".repeat(40)}`,
      ],
    ]) {
      assert.match(
        faults(JSON.stringify(withEntry({ contentName }))),
        /contentName: /,
        contentName,
      );
    }
  });

  it("is refused with keys that nobody knows, that stand twice, or that are JavaScript's own", () => {
    const text = imageListText(LIST);
    const digest = `"digest": "${DIGEST}"`;
    for (const [changed, place] of [
      [text.replace('"version": 1,', '"version": 1, "hook": "$(id)",'), "hook: unknown key"],
      [text.replace(digest, `"url": "file:///etc/shadow", ${digest}`), "url: unknown key"],
      [text.replace(digest, `${digest}, ${digest}`), "digest: stands there twice"],
      [
        text.replace('"families": {', `"families": { "ci-image": { "images": {} },`),
        "families.ci-image: stands there twice",
      ],
      [
        text.replace('"version": 1,', '"version": 1, "__proto__": {"channel": "main"},'),
        "__proto__",
      ],
      [text.replace('"families": {', '"families": { "__proto__": { "images": {} },'), "__proto__"],
      [text.replace('"images": {', '"images": { "__proto__": {},'), "__proto__"],
      [text.replace('"references": {', '"references": { "__proto__": "x",'), "__proto__"],
      [text.replace('"images": {', '"images": { "constructor": 1,'), "constructor"],
      [
        text.replace('"families": {', '"families": { "constructor": { "images": {} },'),
        "constructor",
      ],
    ] as const) {
      assert.notEqual(changed, text);
      assert.ok(faults(changed).includes(place), `${place}\n${faults(changed)}`);
    }
  });

  it("is told of at bounded length, in texts that can be printed", () => {
    const families = Object.fromEntries(
      Array.from({ length: 5000 }, (_, index) => [`f${index}`, { images: {} }]),
    );
    const many = faults(JSON.stringify({ ...LIST, families }));
    assert.ok(many.split("\n").length < 50, many);
    const judged = imagesToKeep(listOf({ ["f".repeat(1_000_000)]: {} }), RULES);
    assert.ok("problems" in judged && JSON.stringify(judged).length < 2000);
  });
});
