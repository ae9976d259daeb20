import assert from "node:assert/strict";
import { type PinnedDigest, pinnedDigestsText } from "../rules/pins/pinned-digests.ts";
import { ecrPins } from "../settings-pins.ts";

const stack = {
  stack: "main",
  owns: "all",
  repository: { owner: "PyTorch" },
  families: [
    { name: "ci-image", registries: ["ecr", "ghcr.io"] },
    { name: "therock-build", registries: ["ghcr.io"] },
  ],
} as const;

function pin(repository: string, digit = "a"): PinnedDigest {
  return {
    digest: `sha256:${digit.repeat(64)}`,
    repository,
    image: "ci-image/cuda12.8",
    seen: "2026-11-21",
    users: ["pytorch/vision@main"],
  };
}

describe("the digests that a stack keeps on ECR", () => {
  it("are none where it has no file of them", () => {
    assert.deepEqual(ecrPins(undefined, stack), []);
    assert.deepEqual(ecrPins(undefined, { ...stack, owns: "images" }), []);
  });

  it("are those in repositories of families on ECR and of their candidates", () => {
    const kept = [pin("pytorch/ci-image"), pin("pytorch/ci-image-candidate")];
    const others = [pin("pytorch/therock-build"), pin("pytorch/therock-build-candidate", "b")];
    assert.deepEqual(ecrPins(pinnedDigestsText([...kept, ...others]), stack), kept);
  });

  it("are refused with the file's name where a repository is none of the stack's", () => {
    const text = pinnedDigestsText([pin("pytorch/ci-image"), pin("pytorch/ci-imaeg", "b")]);
    assert.throws(() => ecrPins(text, stack), {
      name: "ProblemsError",
      message:
        'Pins.main.yaml: 1 problem\n  pins[0].repository: "pytorch/ci-imaeg" is no repository of this stack (did you mean "pytorch/ci-image"?); there are pytorch/ci-image, pytorch/ci-image-candidate, pytorch/therock-build, pytorch/therock-build-candidate: take the pin out',
    });
  });

  it("are refused with every fault of the file's form", () => {
    assert.throws(() => ecrPins("version: 3\n", stack), {
      name: "ProblemsError",
      message: /^Pins\.main\.yaml: 2 problems\n {2}pins: missing.*\n {2}version: 3 is not 1/,
    });
  });

  it("are kept by the stack that owns their repositories alone", () => {
    assert.throws(() => ecrPins(pinnedDigestsText([]), { ...stack, owns: "images" }), {
      name: "ProblemsError",
      message: /a file of a stack that owns images only/,
    });
  });
});
