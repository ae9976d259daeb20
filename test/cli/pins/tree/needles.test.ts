import assert from "node:assert/strict";
import { needlesOf } from "../../../../cli/pins/tree/needles.ts";
import { managedImages } from "../../../../rules/pins/managed-images.ts";

const IMAGES = managedImages(
  {
    owner: "ROCm",
    families: ["build_x86_64", "build_x86_64_rccl", "ci-image"].map((name) => ({
      name,
      accelerators: [],
      hosts: ["ghcr.io", "docker.io"],
    })),
  },
  ["docker.io/library/ubuntu", "quay.io/pypa/manylinux_2_28"],
);
// Git has "\A" where the text begins.
const NEEDLES = needlesOf(IMAGES).map((needle) => new RegExp(needle.replace("\\A", "^"), "i"));

function matches(text: string): boolean {
  return text.split("\n").some((line) => NEEDLES.some((needle) => needle.test(line)));
}

describe("what is searched for in a tree", () => {
  for (const name of [
    "ghcr.io/rocm/build_x86_64",
    "ghcr.io/rocm/build_x86_64_rccl",
    "GHCR.IO/ROCm/CI-image",
    "quay.io/pypa/manylinux_2_28",
    "${REGISTRY}/rocm/ci-image",
    "ghcr.io/${OWNER}/ci-image",
    "ghcr.io/rocm/ci-image-candidate",
  ]) {
    it(`is in a reference to ${name}, wherever its string is split`, () => {
      const text = `${name}:main`;
      assert.ok(matches(`image: ${text}`));
      assert.ok(matches(`image: ${name}@sha256:${"a".repeat(64)}`));
      for (let cut = name.indexOf("/") + 1; cut < text.length; cut += 1) {
        // An interpolation is in one piece.
        if (text.slice(0, cut).includes("{") && !text.slice(0, cut).includes("}")) continue;
        const [first, second] = [text.slice(0, cut), text.slice(cut)];
        assert.ok(matches(`x = ("${first}"\n     "${second}")`), `${first} | ${second}`);
        assert.ok(matches(`docker pull ${first}\\\n${second}`), `${first} \\ ${second}`);
      }
    });
  }

  for (const text of [
    "FROM ubuntu:24.04",
    "docker pull $IMAGE@sha256:",
    "docker pull $IMAGE:main@sha256:",
    "image: ${IMAGE}:2.10@sha256:",
    "image: ${IMAGE}@sha256:",
    'image("ubuntu", "24.04")',
    "image: library/ubuntu@x",
    `sha256:${"0".repeat(64)}`,
    `%40sha256%3A${"0".repeat(64)}`,
    `docker run $HOST/rocm/$IMAGE@sha256:${"0".repeat(64)}`,
    `docker run $IMAGE:1.2@sha256:${"0".repeat(64)}`,
    `docker run \${IMAGE}:$TAG@sha256:${"0".repeat(64)}`,
    "ghcr.io%2Frocm%2Fci-image%3Amain",
    String.raw`"ghcr.io\/rocm\/ci-image:main"`,
    "\u00ff\u00fei\u0000m\u0000",
    "\u00fe\u00ff\u0000i\u0000m",
  ]) {
    it(`is in ${JSON.stringify(text)}`, () => assert.ok(matches(text)));
  }

  for (const text of [
    "runs-on: ubuntu-24.04",
    "Works on ubuntu, see docs.",
    "See images/ci-image/Dockerfile and images/ci-image.",
    "The ci-image is built daily.",
    `image: ghcr.io/other/image@sha256:${"0".repeat(64)}`,
    "ghcr.io/rocm/ci-image2:main",
    'import "./commands/build.ts";',
    "sha256sum -c",
    "const path = `${folder}/`;",
  ]) {
    it(`is not in ${JSON.stringify(text)}, which need not be read`, () =>
      assert.ok(!matches(text)));
  }

  it("is nothing where no image is managed", () => {
    assert.deepEqual(needlesOf({ repositories: [] }), []);
  });
});
