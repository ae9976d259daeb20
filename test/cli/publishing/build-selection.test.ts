import assert from "node:assert/strict";
import type { Family } from "../../../catalog.ts";
import {
  refuseUnresolvedBases,
  selectImages,
  type Selection,
} from "../../../cli/publishing/build-selection.ts";
import { ProblemsError } from "../../../rules/problems.ts";

const base = { image: "docker.io/library/ubuntu:24.04", digest: `sha256:${"1".repeat(64)}` };
const amd64 = "linux/amd64";
const arm64 = "linux/arm64";

function family(
  name: string,
  accelerators: readonly (string | undefined)[],
  more: Partial<Family> = {},
): Family {
  return {
    name,
    folder: `/images/${name}`,
    description: "a test's",
    scheme: accelerators[0] === undefined ? "therock" : "pytorch",
    registries: ["ghcr.io"],
    platforms: [amd64],
    epoch: 0,
    images: accelerators.map((accelerator) => ({
      ...(accelerator !== undefined && { accelerator }),
      base,
      buildArgs: {},
    })),
    ...more,
  };
}

const builder = family("builder", ["cpu", "cuda12.8"], { platforms: [amd64, arm64] });
const ci = family("ci", ["cpu", "rocm7.0"]);
const one = family("one", [undefined]);
const elsewhere = family("elsewhere", ["cpu"]);
const families = [builder, ci, one];
const catalog = new Map([...families, elsewhere].map((entry) => [entry.name, entry]));
const stack = { name: "main", families, catalog };

function selected(selection: Selection): readonly string[] {
  return selectImages(stack, selection).map(
    ({ label, platforms }) => `${label} ${platforms.join(" ")}`,
  );
}

function problems(selection: Selection): readonly string[] {
  try {
    selectImages(stack, selection);
  } catch (error) {
    assert.ok(error instanceof ProblemsError);
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
  throw new assert.AssertionError({ message: "nothing was wrong" });
}

describe("the images that build --missing is about", () => {
  it("are all of the stack on all their platforms, unless something is said", () => {
    assert.deepEqual(selected({}), [
      "builder/cpu linux/amd64 linux/arm64",
      "builder/cuda12.8 linux/amd64 linux/arm64",
      "ci/cpu linux/amd64",
      "ci/rocm7.0 linux/amd64",
      "one linux/amd64",
    ]);
  });

  it("is one, of one platform where the family has several, by the label that workflows have", () => {
    assert.deepEqual(selected({ image: "ci/rocm7.0" }), ["ci/rocm7.0 linux/amd64"]);
    assert.deepEqual(selected({ image: "one" }), ["one linux/amd64"]);
    assert.deepEqual(selected({ image: "builder/cpu@linux/arm64" }), ["builder/cpu linux/arm64"]);
  });

  it("is none by a label that the stack does not have, and the error says what there is", () => {
    for (const [image, message] of [
      [
        "ci/rocm7",
        '"ci/rocm7" is no image of stack main (did you mean "ci/rocm7.0"?); there are: ci/cpu, ci/rocm7.0',
      ],
      ["ci", '"ci" is no image of stack main; there are: ci/cpu, ci/rocm7.0'],
      ["one/cpu", '"one/cpu" is no image of stack main; there are: one'],
      [
        "ci/cpu@linux/amd64",
        '"ci/cpu@linux/amd64" is no image of stack main; there are: ci/cpu, ci/rocm7.0',
      ],
      [
        "cii/cpu",
        '"cii" is no family of stack main (did you mean "ci"?); there are: builder, ci, one',
      ],
      [
        "elsewhere/cpu",
        'stack main does not publish "elsewhere"; name one that it does: builder, ci, one, or add it to slipway:families of Pulumi.main.yaml',
      ],
    ] as const) {
      assert.deepEqual(problems({ image }), [`--image: ${message}`]);
    }
    const platforms = problems({ image: "builder/cpu" }).join();
    assert.match(platforms, /builder\/cpu@linux\/amd64, builder\/cpu@linux\/arm64/);
    assert.match(
      problems({ image: "$(id)" }).join(),
      /^--image: "\$\(id\)" is no family of stack main/,
    );
    assert.match(problems({ image: "a b" }).join(), /^--image: "a b" is no image of stack main/);
  });

  it("are those of a family, of an accelerator in all families, of a platform where a family has it", () => {
    assert.deepEqual(selected({ family: "one" }), ["one linux/amd64"]);
    assert.deepEqual(selected({ accelerator: "cpu" }), [
      "builder/cpu linux/amd64 linux/arm64",
      "ci/cpu linux/amd64",
    ]);
    assert.deepEqual(selected({ platform: arm64 }), [
      "builder/cpu linux/arm64",
      "builder/cuda12.8 linux/arm64",
    ]);
    assert.deepEqual(selected({ family: "builder", accelerator: "cpu", platform: arm64 }), [
      "builder/cpu linux/arm64",
    ]);
  });

  it("are refused for a family that nobody knows, with the nearest one", () => {
    assert.deepEqual(problems({ family: "bilder" }), [
      '--family: "bilder" is no family of stack main (did you mean "builder"?); there are: builder, ci, one',
    ]);
  });

  it("are refused for a family of the catalogue that the stack does not publish", () => {
    const [problem = ""] = problems({ family: "elsewhere" });
    assert.match(problem, /stack main does not publish "elsewhere"; .*Pulumi\.main\.yaml/);
  });

  it("are refused for an accelerator of another family, which is named", () => {
    const [problem = ""] = problems({ family: "builder", accelerator: "rocm7.0" });
    assert.match(problem, /"rocm7\.0" is an accelerator of ci, not of builder; write --family ci$/);
  });

  it("are refused for an accelerator that nobody has, and for one of a family with one image", () => {
    assert.match(problems({ accelerator: "cuda12.9" })[0]!, /did you mean "cuda12\.8"\?/);
    assert.match(
      problems({ family: "one", accelerator: "x" })[0]!,
      /one image and no accelerators/,
    );
  });

  it("are refused for a platform that nobody has, or that the family does not have", () => {
    const [problem = ""] = problems({ platform: "linux/s390x" });
    assert.match(
      problem,
      /"linux\/s390x" is no platform here; there are: linux\/amd64, linux\/arm64/,
    );
    assert.match(problems({ family: "ci", platform: arm64 })[0]!, /there are: linux\/amd64$/);
  });

  it("are refused for all that is wrong at once", () => {
    const found = problems({ family: "nobody", accelerator: "x", platform: "y" });
    assert.deepEqual(
      found.map((problem) => problem.split(":")[0]),
      ["--family", "--accelerator", "--platform"],
    );
  });

  it("are refused while a base of theirs has no digest, each base once, unless stand-ins take its place", () => {
    const image = { image: "docker.io/library/debian:13", digest: "unresolved" };
    const loose = family("loose", ["a", "b"]);
    const wanted = selectImages(
      {
        ...stack,
        families: [
          one,
          { ...loose, images: loose.images.map((entry) => ({ ...entry, base: image })) },
        ],
      },
      {},
    );
    assert.throws(
      () => refuseUnresolvedBases({ name: "main" }, wanted),
      (error) =>
        error instanceof ProblemsError &&
        error.problems.length === 1 &&
        error.message.includes("images/loose/image.yaml") &&
        error.message.includes("debian:13") &&
        error.message.includes("slipway bases bump"),
    );
    refuseUnresolvedBases({ name: "main", standIns: { base: "/base", scripts: "/s" } }, wanted);
    refuseUnresolvedBases({ name: "main" }, selectImages(stack, {}));
  });
});
