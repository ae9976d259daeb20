import assert from "node:assert/strict";
import { attribute } from "../../../rules/pins/attribution.ts";
import { type PlacedDigest, pinsOfPlaces } from "../../../rules/pins/pins-of-places.ts";
import { DIGEST, ECR, IMAGES, scanned } from "./support/scanned.ts";

const SEVERAL = "ghcr.io/rocm/ci-image";
const ONE = "ghcr.io/rocm/build_manylinux";

/** What is pinned by a file, as `HOST/REPOSITORY LABEL`. */
function pinned(text: string, ...placed: readonly Omit<PlacedDigest, "digest">[]) {
  const known = new Map([[DIGEST, placed.map(({ image }) => image)]]);
  const places = attribute(scanned("a.yml", text), placed.length === 0 ? new Map() : known);
  return pinsOfPlaces(places, {
    user: "ROCm/TheRock@main",
    placed: placed.map((one) => ({ digest: DIGEST, ...one })),
    managed: IMAGES,
  }).map(({ host, repository, image, digest, user, nearby }) => {
    assert.deepEqual([digest, user], [DIGEST, "ROCm/TheRock@main"]);
    return `${host}/${repository} ${image}${nearby === true ? " ?" : ""}`;
  });
}

describe("what a tree pins", () => {
  it("counts where nobody knows which of a family's images it is, by the family's name", () => {
    assert.deepEqual(pinned(`image: ${SEVERAL}@${DIGEST}`), ["ghcr.io/rocm/ci-image ci-image"]);
    assert.deepEqual(pinned(`image: ${ECR}/rocm/ci-image-candidate@${DIGEST}`), [
      `${ECR}/rocm/ci-image-candidate ci-image`,
    ]);
  });

  it("has the label that the tag, a list or the file tells", () => {
    const exact = ["ghcr.io/rocm/ci-image ci-image/jammy-rocm"];
    assert.deepEqual(pinned(`${SEVERAL}:jammy-rocm-main@${DIGEST}`), exact);
    const placed = { repository: "rocm/ci-image", image: "ci-image/jammy-rocm" };
    assert.deepEqual(pinned(`${SEVERAL}@${DIGEST}`, placed), exact);
    const family = { repository: "rocm/ci-image", image: "ci-image" };
    assert.deepEqual(pinned(`${SEVERAL}@${DIGEST}`, family, placed), exact);
    const other = { repository: "rocm/build_manylinux", image: "build_manylinux" };
    assert.deepEqual(pinned(`${SEVERAL}@${DIGEST}`, other), ["ghcr.io/rocm/ci-image ci-image"]);
  });

  it("counts nothing on a registry that the family is not published on", () => {
    assert.deepEqual(pinned(`docker.io/rocm/build_manylinux@${DIGEST}`), []);
  });

  it("counts a digest alone in every repository that is known to have it", () => {
    const placed = { repository: "rocm/ci-image-candidate", image: "ci-image" };
    const other = { repository: "rocm/build_manylinux", image: "build_manylinux" };
    assert.deepEqual(pinned(`X = "${DIGEST}"`, placed), [
      `${ECR}/rocm/ci-image-candidate ci-image`,
    ]);
    assert.deepEqual(pinned(`X = "${DIGEST}"`, placed, other), [
      `${ECR}/rocm/ci-image-candidate ci-image`,
      "ghcr.io/rocm/build_manylinux build_manylinux",
    ]);
    assert.deepEqual(pinned(`X = "${DIGEST}"`), []);
    const foreign = { repository: "rocm/gone", image: "gone" };
    assert.deepEqual(pinned(`X = "${DIGEST}"`, foreign), []);
  });

  it("counts a digest alone that a name elsewhere in the tree has where that name is", () => {
    const text = `X = "${DIGEST}"\n${"\n".repeat(9)}- ghcr.io/rocm/build_manylinux-candidate@${DIGEST}`;
    assert.deepEqual(pinned(text), ["ghcr.io/rocm/build_manylinux-candidate build_manylinux"]);
  });

  it("may have a digest that only a name nearby tells of in each of the family's repositories", () => {
    assert.deepEqual(pinned(`image: ${ONE}\ndigest: ${DIGEST}`), [
      "ghcr.io/rocm/build_manylinux build_manylinux ?",
      "ghcr.io/rocm/build_manylinux-candidate build_manylinux ?",
    ]);
  });

  it("has nothing of images that are listed beside the families, and of names without a digest", () => {
    assert.deepEqual(pinned(`- ubuntu@${DIGEST}\n- ${ONE}:main`), []);
  });
});
