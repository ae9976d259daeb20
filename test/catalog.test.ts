// Does not prove that an image builds on its production base: no base image is pulled here.
import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readCatalog } from "../catalog.ts";
import { contentKeys } from "../context/content-keys.ts";

describe("Slipway's own catalogue", () => {
  it("holds these families, accelerators and registries", async () => {
    const catalog = await readCatalog();
    const found = [...catalog.values()].map(({ name, scheme, registries, images }) => [
      name,
      scheme,
      registries.join(" "),
      images.map(({ accelerator }) => accelerator ?? "(one image)").join(" "),
    ]);
    assert.deepEqual(found, [
      [
        "almalinux-builder",
        "pytorch",
        "ecr docker.io",
        "cuda12.6 cuda12.8 cuda12.9 cuda13.0 rocm7.0 rocm7.1 cpu",
      ],
      [
        "ci-image",
        "pytorch",
        "ecr ghcr.io",
        "pytorch-linux-jammy-rocm-n-py3 pytorch-linux-noble-rocm-n-py3 pytorch-linux-jammy-rocm-n-py3-benchmarks",
      ],
      ["no_rocm_image_ubuntu24_04", "therock", "ghcr.io", "(one image)"],
      ["therock_build_manylinux_rccl_x86_64", "therock", "ghcr.io", "(one image)"],
      ["therock_build_manylinux_x86_64", "therock", "ghcr.io", "(one image)"],
    ]);
  });

  it("gives every image a content key of its own", async () => {
    const catalog = await readCatalog();
    const keys = await Promise.all([...catalog.values()].map((family) => contentKeys(family)));
    const all = keys.flatMap((map) => [...map.values()]);
    assert.equal(new Set(all).size, 13);
    assert.equal(all.length, 13);
  });

  it("moves one key with one accelerator's build args", async () => {
    const family = (await readCatalog()).get("almalinux-builder");
    assert.ok(family);
    const images = family.images.map((image) =>
      image.accelerator === "cuda12.8"
        ? { ...image, buildArgs: { ...image.buildArgs, CUDNN_VERSION: "9.8.0.88" } }
        : image,
    );
    const [before, after] = [await contentKeys(family), await contentKeys({ ...family, images })];
    const moved = [...before.keys()].filter((name) => before.get(name) !== after.get(name));
    assert.deepEqual(moved, ["cuda12.8"]);
  });

  const groupArgs = {
    "NVSHMEM_VERSION: 3.4.5": ["cuda12.6", "cuda12.8", "cuda12.9", "cuda13.0"],
    "PYTORCH_ROCM_ARCH: gfx900;": ["rocm7.0", "rocm7.1"],
  };
  for (const [found, accelerators] of Object.entries(groupArgs)) {
    it(`moves the keys of ${accelerators.join(", ")} alone with ${found.replace(/:.*/, "")}`, async () => {
      const copy = await mkdtemp(join(tmpdir(), "slipway-catalogue-"));
      try {
        const images = join(import.meta.dirname, "../images");
        await cp(join(images, "almalinux-builder"), join(copy, "almalinux-builder"), {
          recursive: true,
        });
        const keys = async () => contentKeys((await readCatalog(copy)).get("almalinux-builder")!);
        const before = await keys();
        const file = join(copy, "almalinux-builder/image.yaml");
        const text = await readFile(file, "utf8");
        assert.ok(text.includes(found));
        await writeFile(file, text.replace(found, `${found}1`));
        const after = await keys();
        const moved = [...before.keys()].filter((name) => before.get(name) !== after.get(name));
        assert.deepEqual(moved, accelerators);
      } finally {
        await rm(copy, { recursive: true, force: true });
      }
    });
  }
});

describe("a catalogue", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-catalogue-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
  }
  const yaml = (base = "noble") => `
description: Tests
scheme: therock
registries: [ghcr.io]
platforms: [linux/amd64]
bases: { noble: { image: docker.io/library/ubuntu:24.04, digest: unresolved } }
image: { base: ${base}, target: final }
`;
  const family = (name: string, dockerfile = "FROM base AS final", base?: string) => ({
    [`${name}/image.yaml`]: yaml(base),
    [`${name}/Dockerfile`]: dockerfile,
    [`${name}/.dockerignore`]: "*\n",
    [`${name}/scripts/install.sh`]: "",
  });
  const message = async () => {
    try {
      await readCatalog(folder);
    } catch (error) {
      assert.ok(error instanceof Error);
      assert.equal(error.name, "UserError");
      return error.message;
    }
    return "";
  };

  it("has its families by name, with where they lie", async () => {
    await write({ ...family("b"), ...family("a"), "README.md": "no family" });
    const catalog = await readCatalog(folder);
    assert.deepEqual([...catalog.keys()], ["a", "b"]);
    assert.equal(catalog.get("a")?.folder, join(folder, "a"));
  });

  it("lists the faults of all files", async () => {
    await write({
      ...family("good"),
      ...family("b", undefined, "jammy"),
      ...family("a", undefined, "nobl"),
    });
    assert.equal(
      await message(),
      `images/a/image.yaml: 1 problem
  image.base: "nobl" is not an entry of bases (did you mean "noble"?); write one of noble
images/b/image.yaml: 1 problem
  image.base: "jammy" is not an entry of bases; write one of noble`,
    );
  });

  it("refuses a folder that is no family", async () => {
    await write({ "Empty/notes.txt": "" });
    assert.equal(
      await message(),
      `images/Empty/image.yaml: 5 problems
  (.dockerignore): lets image.yaml into the build context, so that one changed accelerator could rename all images; add the line image.yaml
  (file): missing; every folder of images/ has one
  (folder): "Empty" is no part of a repository's path; write lower-case letters and digits, parts separated by one ".", "_" or "-"
  (folder): has no Dockerfile; every family has one
  (folder): has no folder scripts; builds see it as their named context scripts`,
    );
  });

  it("refuses a family whose repository would be another thing's", async () => {
    for (const name of ["a-cache", "slipway-images", "slipway-snapshot"]) {
      await write(family(name));
      assert.match(await message(), new RegExp(`"${name}" is the repository of a build cache`));
    }
  });

  it("refuses a target that is no stage", async () => {
    await write(family("a", "FROM base AS finale"));
    assert.equal(
      await message(),
      `images/a/image.yaml: 1 problem
  image.target: "final" is not a stage of the Dockerfile (did you mean "finale"?); write one of finale`,
    );
  });

  it("refuses a Dockerfile without a stage", async () => {
    await write(family("a", "# nothing"));
    assert.match(
      await message(),
      /\(Dockerfile\): has no stage; begin it with FROM base AS \.\.\./,
    );
  });

  it("refuses an image that a Dockerfile names without its digest", async () => {
    const digest = `sha256:${"1".repeat(64)}`;
    await write(
      family(
        "a",
        `FROM ubuntu:24.04 AS a\nFROM x/y@${digest} AS b\nFROM a AS final\nCOPY --from=b / /`,
      ),
    );
    assert.equal(
      await message(),
      `images/a/image.yaml: 1 problem
  (Dockerfile): "ubuntu:24.04" is no stage, and as an image it has no digest; write FROM base and name the image in bases`,
    );
  });

  it("refuses a frontend without its digest", async () => {
    await write(family("a", "# syntax=docker/dockerfile:1\nFROM base AS final"));
    assert.equal(
      await message(),
      `images/a/image.yaml: 1 problem
  (Dockerfile): its syntax line names the frontend "docker/dockerfile:1" without a digest, so that the same Dockerfile could build something else; delete the line, or write IMAGE@sha256:...`,
    );
  });

  it("takes a frontend with its digest", async () => {
    const pinned = `docker/dockerfile:1@sha256:${"1".repeat(64)}`;
    await write(family("a", `# syntax=${pinned}\nFROM base AS final`));
    assert.equal(await message(), "");
  });

  const raised = (dockerfile: string) => ({
    ...family("a", dockerfile),
    "a/image.yaml": `${yaml()}epoch: 2\n`,
  });

  it("refuses a raised epoch that stages of its images do not see", async () => {
    await write(
      raised(
        "FROM base AS unused\nARG SLIPWAY_EPOCH\nFROM base\nRUN x\nFROM base AS final\nRUN y\nARG SLIPWAY_EPOCH\nCOPY --from=1 /x /x",
      ),
    );
    assert.equal(
      await message(),
      `images/a/image.yaml: 2 problems
  epoch: 2 builds nothing of the Dockerfile's stage "final" anew, which must declare ARG SLIPWAY_EPOCH before its first RUN, or old content could get a new name; write ARG SLIPWAY_EPOCH below its FROM
  epoch: 2 builds nothing of the Dockerfile's stage number 1 anew, which must declare ARG SLIPWAY_EPOCH before its first RUN, or old content could get a new name; write ARG SLIPWAY_EPOCH below its FROM`,
    );
  });

  it("takes a raised epoch that they see, and one that nobody raised without", async () => {
    await write({
      ...raised("FROM base AS one\nARG SLIPWAY_EPOCH\nRUN x\nFROM one AS final\nRUN y"),
      ...family("b", "FROM base AS final\nRUN x"),
    });
    assert.equal(await message(), "");
  });

  it("refuses a Dockerfile that runs a script which is not there", async () => {
    const mount = "--mount=type=bind,from=scripts,source=missing.sh,target=/tmp/x";
    await write(family("a", `FROM base AS final\nRUN ${mount} /tmp/x`));
    assert.equal(
      await message(),
      `images/a/image.yaml: 1 problem
  (Dockerfile): scripts/missing.sh does not exist`,
    );
  });
});
