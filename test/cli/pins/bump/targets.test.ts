import assert from "node:assert/strict";
import { bumpTargets } from "../../../../cli/pins/bump/targets.ts";
import { fromLists, type KnownImages } from "../../../../cli/pins/known-images.ts";
import type { ImageReference } from "../../../../rules/image-reference.ts";
import { managedImages } from "../../../../rules/pins/managed-images.ts";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const managed = managedImages(
  {
    owner: "ROCm",
    families: [
      { name: "tools", accelerators: [], hosts: ["ghcr.io"] },
      { name: "both", accelerators: [], hosts: ["docker.io", "example.com", "ghcr.io"] },
      { name: "builder", accelerators: ["cpu", "cuda12.6", "cuda12.6-full"], hosts: ["ghcr.io"] },
    ],
  },
  ["docker.io/library/ubuntu"],
);
const known: KnownImages = {
  all: [
    { image: "tools", digest: digest("a"), contentName: `k${"1".repeat(40)}`, references: [] },
    { image: "builder/cpu", digest: digest("b"), references: [] },
  ],
  latest: (image) => known.all.find((one) => one.image === image),
};

async function targets(
  to: string,
  images: readonly string[] = [],
  digestOf: (reference: ImageReference) => Promise<string | undefined> = async () => undefined,
) {
  const found = await bumpTargets({ images, to }, managed, known, {
    ...{
      digestOf,
      candidatePlaces: ["ghcr.io/rocm/tools-candidate", "example.com/rocm/both-candidate"],
    },
  });
  return [...found.values()];
}

describe("what pins are moved to", () => {
  it("is what was published last, of every image that a list has", async () => {
    assert.deepEqual(await targets("latest"), [
      {
        ...{ image: "tools", digest: digest("a"), candidate: false },
        contentName: `k${"1".repeat(40)}`,
      },
      { image: "builder/cpu", digest: digest("b"), candidate: false },
    ]);
    assert.deepEqual(
      (await targets("latest", ["builder/cpu"])).map(({ image }) => image),
      ["builder/cpu"],
    );
  });

  it("takes a family for all of its images, and wants a list that has them", async () => {
    await assert.rejects(
      targets("latest", ["builder"]),
      /^UserError: builder\/cuda12\.6, builder\/cuda12\.6-full: no published list has it/,
    );
  });

  it("is one image's digest", async () => {
    assert.deepEqual(await targets(digest("c"), ["tools"]), [
      { image: "tools", digest: digest("c"), candidate: false },
    ]);
    for (const images of [[], ["tools", "builder/cpu"], ["builder"]]) {
      await assert.rejects(targets(digest("c"), images), /a digest is one image's; name it/);
    }
  });

  it("is what a reference says, whatever the case of its owner", async () => {
    const asked: ImageReference[] = [];
    const digestOf = async (reference: ImageReference) => {
      asked.push(reference);
      return digest("d");
    };
    const [target] = await targets("ghcr.io/rocm/tools:stage-x", [], digestOf);
    assert.deepEqual(target, { image: "tools", digest: digest("d"), candidate: false });
    assert.deepEqual(asked, [{ host: "ghcr.io", path: "rocm/tools", tag: "stage-x" }]);
    const byDigest = await targets(`ghcr.io/rocm/tools:latest@${digest("e")}`);
    assert.equal(byDigest[0]?.digest, digest("e"));
    const other = await targets(`docker.io/library/ubuntu@${digest("f")}`);
    assert.equal(other[0]?.image, "docker.io/library/ubuntu");
  });

  it("is a candidate where the reference is one", async () => {
    const [target] = await targets(`ghcr.io/rocm/tools-candidate@${digest("c")}`);
    assert.deepEqual(target, {
      ...{ image: "tools", digest: digest("c"), candidate: true },
      candidatePlaces: ["ghcr.io/rocm/tools-candidate"],
    });
  });

  it("knows where else an image's candidates are", async () => {
    const [target] = await targets(`ghcr.io/rocm/both-candidate@${digest("c")}`);
    const places = ["ghcr.io/rocm/both-candidate", "example.com/rocm/both-candidate"];
    assert.deepEqual(target?.candidatePlaces, places);
  });

  it("takes the longest accelerator that a tag begins with, or the image that is named", async () => {
    const image = async (to: string, images: readonly string[] = []) =>
      (await targets(to, images, async () => digest("d")))[0]?.image;
    assert.equal(await image("ghcr.io/rocm/builder:cuda12.6-full-main"), "builder/cuda12.6-full");
    assert.equal(await image("ghcr.io/rocm/builder:cuda12.6-main"), "builder/cuda12.6");
    assert.equal(
      await image(`ghcr.io/rocm/builder@${digest("c")}`, ["builder/cpu"]),
      "builder/cpu",
    );
    await assert.rejects(
      image(`ghcr.io/rocm/builder@${digest("c")}`),
      /has an image for each accelerator; name the one/,
    );
  });

  it("takes letters of hosts and owners in either case, and the name of content that it says", async () => {
    const name = `k${"7".repeat(40)}`;
    const [target] = await targets(`GHCR.io/ROCm/Tools:${name}@${digest("e")}`);
    assert.deepEqual(target, {
      ...{ image: "tools", digest: digest("e"), candidate: false },
      contentName: name,
    });
  });

  it("is told for a digest of a list whose image it is", async () => {
    await assert.rejects(
      targets(digest("b")),
      /name it, e\.g\. slipway pins bump builder\/cpu --to/,
    );
  });

  it("is no digest in other letters or of another length, and no address", async () => {
    await assert.rejects(
      targets("sha256:abc", ["tools"]),
      /a digest is sha256: and 64 hexadecimal digits in small letters; behind the colon stand 3/,
    );
    await assert.rejects(targets("docker://ghcr.io/rocm/tools:a"), /without docker:\/\/$/);
    await assert.rejects(targets("yesterday"), /neither a reference nor a digest; write latest/);
  });

  it("refuses what names nothing, and says what there is", async () => {
    const refused: [to: string, images: string[], message: RegExp][] = [
      [
        "latest",
        ["tool"],
        /"tool" \(did you mean "tools"\?\): no managed image; there are: tools, /,
      ],
      [
        "ghcr.io/rocm/tools:-x",
        ["tools"],
        /--to: .*; write latest, sha256: and 64 hex digits, or a reference/,
      ],
      [
        "ghcr.io/rocm/tols:latest",
        [],
        /is no managed image \(did you mean "ghcr\.io\/rocm\/tools"\?\)/,
      ],
      ["ghcr.io/rocm/tools:gone", [], /--to ghcr\.io\/rocm\/tools:gone: is not there/],
      [
        `ghcr.io/rocm/tools@${digest("c")}`,
        ["builder/cpu"],
        /is an image of tools, not of builder\/cpu/,
      ],
    ];
    for (const [to, images, message] of refused) await assert.rejects(targets(to, images), message);
  });

  it("has the content's name where a list has the digest", async () => {
    const [target] = await targets(digest("a"), ["tools"]);
    assert.equal(target?.contentName, `k${"1".repeat(40)}`);
    assert.deepEqual(fromLists([]).all, []);
  });
});
