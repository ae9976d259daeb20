import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  appendFile,
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readCatalog } from "../../catalog.ts";
import { changesSince, type ImageChange, showKeys } from "../../cli/keys.ts";
import { describeChange } from "../../rules/key-changes.ts";

const IMAGE_YAML = `description: Builds things
scheme: pytorch
registries: [ecr]
platforms: [linux/amd64]
bases:
  ubuntu: { image: docker.io/library/ubuntu:24.04, digest: sha256:${"1".repeat(64)} }
  alma: { image: docker.io/library/almalinux:8, digest: sha256:${"2".repeat(64)} }
defaults: { base: ubuntu }
accelerators:
  cuda: { target: cuda, buildArgs: { CUDA_VERSION: 12.8.0 } }
  rocm: { base: alma, target: rocm }
`;
const DOCKERFILE = `FROM base AS common
ARG SLIPWAY_EPOCH
RUN --mount=from=scripts,source=common.sh,target=/c /c
FROM common AS cuda
ARG CUDA_VERSION
RUN --mount=from=scripts,source=cuda.sh,target=/c /c
FROM common AS rocm
RUN --mount=from=scripts,source=rocm.sh,target=/c /c
COPY data /data
`;

describe("the keys of a stack", () => {
  it("are none of a family that it does not publish, and it says which it does", async () => {
    await assert.rejects(showKeys("ci-image", { stack: "therock" }), {
      name: "UserError",
      message: /^stack therock does not publish "ci-image"; name one that it does: therock_build_/,
    });
  });
});

describe("what a change rebuilds", function () {
  this.timeout(60_000);
  let root: string;
  let project: string;
  let family: string;
  const git = (...args: readonly string[]) =>
    execFileSync(
      "git",
      ["-C", root, "-c", "user.name=t", "-c", "user.email=t@example.org", ...args],
      {
        stdio: ["ignore", "pipe", "pipe"],
        env: { PATH: process.env["PATH"], HOME: root, GIT_CONFIG_NOSYSTEM: "1" },
      },
    );
  const commit = () => {
    git("add", "-A");
    git("commit", "-q", "-m", "x");
  };
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-keys-"));
    // Not the root of the repository: a project may be a folder of a larger one.
    project = join(root, "release");
    family = join(project, "images/builder");
    await mkdir(join(family, "scripts"), { recursive: true });
    await mkdir(join(family, "data"));
    await Promise.all([
      writeFile(join(family, "image.yaml"), IMAGE_YAML),
      writeFile(join(family, "Dockerfile"), DOCKERFILE),
      writeFile(join(family, ".dockerignore"), "*\n!data\n"),
      writeFile(join(family, "data/a"), "a\n"),
      ...["common", "cuda", "rocm"].map((name) =>
        writeFile(join(family, `scripts/${name}.sh`), "#!/bin/sh\n", { mode: 0o755 }),
      ),
      writeFile(join(root, ".gitattributes"), "*.txt text eol=crlf\n"),
    ]);
    git("init", "-q");
    commit();
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  async function changes(revision = "HEAD", only?: string): Promise<readonly ImageChange[]> {
    const families = [...(await readCatalog(join(project, "images"))).values()];
    return changesSince(project, revision, { families }, only);
  }
  /** `cuda rebuilt: reason, reason` of each image that is not unchanged. */
  async function told(revision?: string): Promise<readonly string[]> {
    return (await changes(revision))
      .filter(({ state }) => state !== "unchanged")
      .map(({ accelerator, state, reasons }) =>
        [`${accelerator ?? ""} ${state}`, reasons.map(describeChange).join(", ")]
          .filter(Boolean)
          .join(": "),
      );
  }
  const edit = async (path: string, from: string, to: string) => {
    const file = join(family, path);
    const text = await readFile(file, "utf8");
    assert.ok(text.includes(from));
    await writeFile(file, text.replace(from, to));
  };

  it("is nothing where nothing changed", async () => {
    const found = await changes();
    assert.deepEqual(
      found.map(({ state }) => state),
      ["unchanged", "unchanged"],
    );
    for (const { key, oldKey } of found) assert.equal(key, oldKey);
  });

  it("is nothing by another umask, times, empty folders, or files that no image sees", async () => {
    await chmod(join(family, "scripts/cuda.sh"), 0o700);
    await chmod(join(family, "data/a"), 0o600);
    await utimes(join(family, "data/a"), 1, 1);
    await mkdir(join(family, "data/empty"));
    await writeFile(join(family, "README.md"), "");
    await appendFile(join(family, "image.yaml"), "# a note\n");
    assert.deepEqual(await told(), []);
  });

  it("is nothing in a clone in another folder", async () => {
    await writeFile(join(family, "data/text.txt"), "one\r\ntwo\r\n");
    commit();
    const before = await changes();
    git("clone", "-q", root, join(root, "clone"));
    await cp(join(root, "clone/release"), join(root, "elsewhere"), { recursive: true });
    const keys = async (folder: string) => {
      const families = [...(await readCatalog(join(folder, "images"))).values()];
      return (await changesSince(project, "HEAD", { families })).map(({ key }) => key);
    };
    assert.deepEqual(
      await keys(join(root, "elsewhere")),
      before.map(({ key }) => key),
    );
    assert.deepEqual(await told(), []);
  });

  it("is one image by its build arg, with the old and the new value", async () => {
    await edit("image.yaml", "12.8.0", "12.8.1");
    assert.deepEqual(await told(), ["cuda rebuilt: build arg CUDA_VERSION: 12.8.0 -> 12.8.1"]);
  });

  it("is the images that see an edited, added or removed file", async () => {
    await appendFile(join(family, "scripts/cuda.sh"), "true\n");
    await writeFile(join(family, "data/b"), "");
    await rm(join(family, "data/a"));
    assert.deepEqual(await told(), [
      "cuda rebuilt: file scripts/cuda.sh changed",
      "rocm rebuilt: file data/a removed, file data/b added",
    ]);
  });

  it("is an image whose script lost its executable bit", async () => {
    await chmod(join(family, "scripts/rocm.sh"), 0o644);
    assert.deepEqual(await told(), ["rocm rebuilt: file scripts/rocm.sh changed"]);
  });

  it("is the images over a moved base, and all by the epoch, the platforms or the Dockerfile", async () => {
    const [one, two] = ["2", "3"].map((digit) => `sha256:${digit.repeat(64)}`);
    await edit("image.yaml", one ?? "", two ?? "");
    assert.deepEqual(await told(), [`rocm rebuilt: base: ${one} -> ${two}`]);
    await edit("image.yaml", "[linux/amd64]", "[linux/arm64, linux/amd64]\nepoch: 1");
    await appendFile(join(family, "Dockerfile"), "# a note\n");
    const both = "platforms: linux/amd64 -> linux/amd64,linux/arm64";
    assert.deepEqual(await told(), [
      `cuda rebuilt: Dockerfile changed, ${both}, epoch: 0 -> 1`,
      `rocm rebuilt: Dockerfile changed, ${both}, base: ${one} -> ${two}, epoch: 0 -> 1`,
    ]);
  });

  it("tells another target, and images that came and went", async () => {
    await edit("image.yaml", "cuda: { target: cuda", "cuda: { target: common");
    await edit("image.yaml", "  rocm: {", "  hip: {");
    assert.deepEqual(await told(), [
      "cuda rebuilt: file scripts/cuda.sh removed, target: cuda -> common",
      "hip new",
      "rocm removed",
    ]);
  });

  it("is measured from any revision, and touches neither index nor work tree", async () => {
    await edit("image.yaml", "12.8.0", "12.8.1");
    commit();
    await edit("image.yaml", "12.8.1", "12.8.2");
    git("add", "-A");
    const [index, temporary] = [git("diff", "--cached"), await readdir(tmpdir())];
    assert.deepEqual(await told("HEAD~1"), [
      "cuda rebuilt: build arg CUDA_VERSION: 12.8.0 -> 12.8.2",
    ]);
    assert.deepEqual(await told(), ["cuda rebuilt: build arg CUDA_VERSION: 12.8.1 -> 12.8.2"]);
    assert.deepEqual(git("diff", "--cached"), index);
    const left = (await readdir(tmpdir())).filter((name) => !temporary.includes(name));
    assert.deepEqual(
      left.filter((name) => name.startsWith("slipway-revision-")),
      [],
    );
  });

  it("is refused for what is no revision, has no catalogue or a faulty one, by name", async () => {
    await assert.rejects(changes("no-such"), {
      message: /^"no-such" is no commit of this clone; /,
    });
    await assert.rejects(changes("--output=x"), { message: /^"--output=x" is no commit/ });
    await assert.rejects(changes("HEAD", "buildr"), {
      message: '"buildr" is no family of images/ (did you mean "builder"?); there are: builder',
    });
    await edit("image.yaml", "base: ubuntu", "base: debian");
    commit();
    await edit("image.yaml", "base: debian", "base: ubuntu");
    await assert.rejects(changes(), {
      message: /^the catalogue at HEAD has faults, .*:\nimages\/builder\/image\.yaml: 1 problem/,
    });
    git("checkout", "-q", "--orphan", "empty");
    git("rm", "-rqf", "--cached", ".");
    git("commit", "-q", "--allow-empty", "-m", "x");
    await assert.rejects(changes(), {
      message: /^HEAD \(\w{12}\) has no folder release\/images\/, /,
    });
    await rm(join(root, ".git"), { recursive: true });
    await assert.rejects(changes(), { message: /is in no git repository/ });
  });
});
