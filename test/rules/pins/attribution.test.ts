import assert from "node:assert/strict";
import { attribute } from "../../../rules/pins/attribution.ts";
import { DIGEST, HEX, scanned } from "./support/scanned.ts";

const NAME = "ghcr.io/rocm/build_manylinux";
const OTHER = `sha256:${"f".repeat(64)}`;

/** What each place of files is said to be of, or why nobody knows. */
function attributed(
  files: Readonly<Record<string, string>>,
  known: Readonly<Record<string, readonly string[]>> = {},
): readonly string[] {
  const places = Object.entries(files).flatMap(([path, text]) => scanned(path, text));
  return attribute(places, new Map(Object.entries(known))).map(
    ({ file, image, unattributed }) => `${file} ${image ?? `? ${unattributed}`}`,
  );
}

describe("the image of a digest alone", () => {
  it("is the one that has the digest elsewhere in the tree", () => {
    const files = { "a.md": `digest: ${DIGEST}`, "b.yml": `${NAME}@${DIGEST}` };
    assert.deepEqual(attributed(files), ["a.md build_manylinux", "b.yml build_manylinux"]);
  });

  it("is the one that the digest is known of", () => {
    assert.deepEqual(attributed({ "a.md": DIGEST }, { [DIGEST]: ["ci-image/jammy-rocm"] }), [
      "a.md ci-image/jammy-rocm",
    ]);
  });

  it("is none where neither the tree nor a list has it", () => {
    assert.deepEqual(attributed({ "a.md": OTHER, "b.yml": `${NAME}@${DIGEST}` }), [
      "b.yml build_manylinux",
    ]);
  });

  it("is said to be one of two", () => {
    const files = { "a.md": DIGEST, "b.yml": `${NAME}@${DIGEST}` };
    const known = { [DIGEST]: ["ci-image/jammy-rocm"] };
    assert.deepEqual(attributed(files, known), [
      "a.md ? its digest is that of build_manylinux, ci-image/jammy-rocm",
      "b.yml build_manylinux",
    ]);
  });

  it("is the one of two whose name stands beside it", () => {
    const files = { "a.md": `${NAME}\ndigest: ${DIGEST}` };
    const known = { [DIGEST]: ["ci-image/jammy-rocm", "build_manylinux"] };
    assert.deepEqual(attributed(files, known), ["a.md build_manylinux"]);
  });

  it("is not sure where another's name stands beside it", () => {
    const files = { "a.md": `${NAME}\ndigest: ${DIGEST}` };
    assert.deepEqual(attributed(files, { [DIGEST]: ["build_manylinux_rccl"] }), [
      "a.md ? its digest is that of build_manylinux_rccl, build_manylinux",
    ]);
  });

  it("behind a name that only a running program knows is the one that the digest is known of", () => {
    const files = { "a.sh": `docker run $HOST/rocm/$IMAGE@${DIGEST}` };
    assert.deepEqual(attributed(files, { [DIGEST]: ["build_manylinux"] }), [
      "a.sh build_manylinux",
    ]);
    assert.deepEqual(attributed(files), []);
  });

  it("is not sure beside two names, unless it is known", () => {
    const files = { "a.md": `${NAME}\n${NAME}_rccl\ndigest: ${OTHER}` };
    assert.deepEqual(attributed(files), [
      "a.md ? it may be of build_manylinux, build_manylinux_rccl: their names stand beside it",
    ]);
    assert.deepEqual(attributed(files, { [OTHER]: ["ci-image/jammy-rocm"] }), [
      "a.md ci-image/jammy-rocm",
    ]);
  });

  it("without its algorithm is one that the digest is of, or none", () => {
    const files = { "a.sh": `# ${NAME}\nHEX=${HEX}\nCOMMIT=${"e".repeat(64)}` };
    assert.deepEqual(attributed(files, { [DIGEST]: ["build_manylinux"] }), [
      "a.sh build_manylinux",
    ]);
    assert.deepEqual(attributed(files), []);
  });
});

describe("the image of a reference without a tag, of a family with several", () => {
  const files = { "a.yml": `ghcr.io/rocm/ci-image@${DIGEST}` };

  it("is the one of that family that the digest is known of", () => {
    const known = { [DIGEST]: ["build_manylinux", "ci-image/jammy-rocm"] };
    assert.deepEqual(attributed(files, known), ["a.yml ci-image/jammy-rocm"]);
  });

  it("is the one that has the digest beside its tag elsewhere", () => {
    const other = { "b.yml": `ghcr.io/rocm/ci-image:jammy-rocm-benchmarks@${DIGEST}` };
    assert.deepEqual(attributed({ ...files, ...other }), [
      "a.yml ci-image/jammy-rocm-benchmarks",
      "b.yml ci-image/jammy-rocm-benchmarks",
    ]);
  });

  it("is never one on a registry that does not have the family", () => {
    const unpublished = { "a.yml": `docker.io/rocm/build_manylinux@${DIGEST}` };
    const why = "? build_manylinux is not published on docker.io";
    for (const known of ["build_manylinux", "build_manylinux/cpu"]) {
      assert.deepEqual(attributed(unpublished, { [DIGEST]: [known] }), [`a.yml ${why}`]);
    }
  });

  it("is not known otherwise, and the place stays", () => {
    assert.deepEqual(attributed(files), [
      "a.yml ? nothing says which of the family's images it is",
    ]);
  });
});
