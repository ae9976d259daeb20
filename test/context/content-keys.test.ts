// Does not prove what goes into a key: test/rules/content-key.test.ts does. Here it is which files reach which key.
import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contentKeys, type KeyedFamily, scriptsFolder } from "../../context/content-keys.ts";

const DOCKERFILE = `
ARG BASE_TARGET=cpu
FROM base AS toolchain
RUN --mount=type=bind,from=scripts,source=toolchain.sh,target=/tmp/toolchain.sh /tmp/toolchain.sh
FROM toolchain AS cpu
FROM toolchain AS cuda
RUN --mount=type=bind,from=scripts,source=cuda.sh,target=/tmp/cuda.sh /tmp/cuda.sh
COPY cuda /cuda
FROM \${BASE_TARGET} AS final
`;
const base = { image: "docker.io/library/ubuntu:24.04", digest: `sha256:${"1".repeat(64)}` };

describe("the content keys of a family", () => {
  let root: string;
  let family: KeyedFamily;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-keys-"));
    const folder = join(root, "builder");
    await mkdir(join(folder, "scripts"), { recursive: true });
    await mkdir(join(folder, "cuda"));
    await Promise.all([
      writeFile(join(folder, "Dockerfile"), DOCKERFILE),
      writeFile(join(folder, ".dockerignore"), "*\n!cuda\n"),
      writeFile(join(folder, "image.yaml"), ""),
      writeFile(join(folder, "cuda/repo"), ""),
      writeFile(join(folder, "scripts/toolchain.sh"), ""),
      writeFile(join(folder, "scripts/cuda.sh"), ""),
      writeFile(join(folder, "scripts/unused.sh"), ""),
    ]);
    family = {
      name: "builder",
      folder,
      platforms: ["linux/amd64"],
      epoch: 0,
      images: [
        { accelerator: "cuda", base, target: "final", buildArgs: { BASE_TARGET: "cuda" } },
        { accelerator: "cpu", base, target: "final", buildArgs: { BASE_TARGET: "cpu" } },
      ],
    };
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  /** Accelerators whose keys a change moved. */
  async function moved(change: () => Promise<unknown>): Promise<readonly string[]> {
    const before = await contentKeys(family);
    await change();
    const after = await contentKeys(family);
    return [...after.keys()].filter((name) => after.get(name) !== before.get(name));
  }
  const edit = (path: string) => () => writeFile(join(family.folder, path), "edited");

  it("are one for each accelerator, and no two alike", async () => {
    const keys = await contentKeys(family);
    assert.deepEqual([...keys.keys()], ["cuda", "cpu"]);
    assert.notEqual(keys.get("cuda"), keys.get("cpu"));
    for (const key of keys.values()) assert.match(key, /^[0-9a-f]{40}$/);
  });

  it("have no accelerator in a family with one image", async () => {
    const single = { ...family, images: [{ base, buildArgs: {} }] };
    assert.deepEqual([...(await contentKeys(single)).keys()], [""]);
  });

  it("move only for images that see the edited file", async () => {
    assert.deepEqual(await moved(edit("scripts/cuda.sh")), ["cuda"]);
    assert.deepEqual(await moved(edit("cuda/repo")), ["cuda"]);
    assert.deepEqual(await moved(edit("scripts/toolchain.sh")), ["cuda", "cpu"]);
  });

  it("do not move for files that no image sees", async () => {
    assert.deepEqual(await moved(edit("scripts/unused.sh")), []);
    assert.deepEqual(await moved(edit("image.yaml")), []);
    assert.deepEqual(await moved(edit("README.md")), []);
  });

  it("move all with the Dockerfile", async () => {
    const change = () => writeFile(join(family.folder, "Dockerfile"), `${DOCKERFILE}\n# note`);
    assert.deepEqual(await moved(change), ["cuda", "cpu"]);
  });

  it("move for any file where a symlink may lead elsewhere", async () => {
    await symlink("unused.sh", join(family.folder, "scripts/link.sh"));
    assert.deepEqual(await moved(edit("scripts/unused.sh")), ["cuda", "cpu"]);
  });

  it("do not depend on where the checkout lies", async () => {
    const folder = join(root, "elsewhere");
    await cp(family.folder, folder, { recursive: true });
    assert.deepEqual(await contentKeys({ ...family, folder }), await contentKeys(family));
  });

  it("follow the stand-ins in place of base and scripts", async () => {
    const at = (digit: string) => `oci-layout:///base@sha256:${digit.repeat(64)}`;
    const standIns = { base: at("1"), scripts: join(root, "stand-ins") };
    await mkdir(join(standIns.scripts, "builder"), { recursive: true });
    await writeFile(join(standIns.scripts, "builder/cuda.sh"), "");
    const production = await contentKeys(family);
    const first = await contentKeys(family, standIns);
    assert.notDeepEqual(first, production);

    await edit("scripts/toolchain.sh")();
    assert.deepEqual(await contentKeys(family, standIns), first);
    await writeFile(join(standIns.scripts, "builder/cuda.sh"), "edited");
    const second = await contentKeys(family, standIns);
    assert.notEqual(second.get("cuda"), first.get("cuda"));
    assert.equal(second.get("cpu"), first.get("cpu"));
    const third = await contentKeys(family, { ...standIns, base: at("2") });
    assert.notEqual(third.get("cpu"), second.get("cpu"));
    assert.deepEqual(
      await contentKeys(family, { ...standIns, base: at("2").replace("/base", "/elsewhere") }),
      third,
    );
  });

  it("can be told while a base is unresolved, and change when it is resolved", async () => {
    const images = family.images.map((image) => ({
      ...image,
      base: { ...base, digest: "unresolved" },
    }));
    const unresolved = await contentKeys({ ...family, images });
    assert.match(unresolved.get("cpu") ?? "", /^[0-9a-f]{40}$/);
    assert.notDeepEqual(unresolved, await contentKeys(family));
  });

  it("say where a build finds its scripts", () => {
    assert.equal(scriptsFolder(family), join(family.folder, "scripts"));
    assert.equal(scriptsFolder(family, { base: "/b", scripts: "/s" }), "/s/builder");
  });
});
