/*
 * `slipway build --missing` of a family with two platforms, one job after the other, as workflows do it. Its Dockerfile has
 * no RUN step: nothing here runs another machine's programs.
 */
import assert from "node:assert/strict";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Registries, type RepositoryClient } from "../../../oci/registries.ts";
import { LocalCloud } from "../../../rules/local-cloud.ts";
import { ProjectCopy } from "../../cli/support/project-copy.ts";

interface Report {
  readonly images: readonly {
    readonly platform?: string;
    readonly contentName: string;
    readonly digest: string;
    readonly built: boolean;
  }[];
  readonly failures: readonly { readonly platform?: string; readonly message: string }[];
}

const FAMILY = "two-platforms";
const MISSING = ["build", "--missing", "--family", FAMILY];
const AMD64 = "linux/amd64";
const ARM64 = "linux/arm64";
const FILES = {
  "image.yaml": `description: A test's, for two kinds of machine
scheme: therock
registries: [ghcr.io, docker.io]
platforms: [${AMD64}, ${ARM64}]
bases:
  none: { image: docker.io/library/none:1, digest: unresolved }
image: { base: none, target: final }
`,
  Dockerfile: "FROM scratch AS final\nARG TARGETARCH\nENV FOR=${TARGETARCH}\nCOPY words.txt /\n",
  ".dockerignore": "image.yaml\nscripts\n",
  "words.txt": "hello\n",
  "scripts/unused.sh": "#!/bin/sh\n",
};

describe("build --missing of an image for several platforms", function () {
  this.timeout(15 * 60_000); // On a fresh machine the tools are built here.
  let project: ProjectCopy;
  let first: RepositoryClient;
  let second: RepositoryClient;

  before(async () => {
    project = await ProjectCopy.make();
    const folder = join(project.root, "images", FAMILY);
    await mkdir(join(folder, "scripts"), { recursive: true });
    for (const [file, text] of Object.entries(FILES)) await writeFile(join(folder, file), text);
    await mkdir(join(project.root, "local/stand-ins/scripts", FAMILY));
    await project.edit("Pulumi.local.yaml", (text) =>
      text.replace("slipway:families:\n", `slipway:families:\n    - ${FAMILY}\n`),
    );
    // The repository has no stack but the rehearsal's.
    await rm(join(project.root, "Pulumi.main.yaml"));
    const started = await project.slipway(["local", "start"]);
    assert.equal(started.exitCode, 0, started.stderr);
    const cloud = LocalCloud.parse(
      JSON.parse(await readFile(join(project.home, "cloud.json"), "utf8")),
    );
    [first, second] = (["ghcr.io", "docker.io"] as const).map((registry) => {
      const { host, ...login } = cloud.registries[registry];
      return new Registries().repository(`${host}/pytorch/${FAMILY}`, { [host]: login });
    }) as [RepositoryClient, RepositoryClient];
  });
  after(() => project.remove());

  async function build(...args: string[]): Promise<Report> {
    const { exitCode, stdout, stderr } = await project.slipway([...MISSING, "--json", ...args]);
    assert.equal(exitCode, 0, stderr);
    return JSON.parse(stdout) as Report;
  }

  const words = (text: string): Promise<unknown> =>
    writeFile(join(project.root, "images", FAMILY, "words.txt"), `${text}\n`);

  async function platformsOf(
    client: RepositoryClient,
    name: string,
  ): Promise<readonly (readonly [string, string])[]> {
    const { bytes } = await client.manifests.get(name);
    const { manifests } = JSON.parse(Buffer.from(bytes).toString("utf8")) as {
      manifests: { digest: string; platform: { architecture: string } }[];
    };
    return manifests.map(({ digest, platform }) => [platform.architecture, digest] as const);
  }

  it("names one platform's content alone, and the index once the last platform is there", async () => {
    const [amd64, ...none] = (await build("--platform", AMD64)).images;
    assert.deepEqual(none, [], "no index of one platform");
    assert.equal(amd64!.platform, AMD64);
    assert.match(amd64!.contentName, /^k[0-9a-f]{40}-amd64$/);
    const name = amd64!.contentName.replace(/-amd64$/, "");
    assert.equal(await first.manifests.digest(name), undefined);
    assert.deepEqual(
      (await build("--platform", AMD64)).images.map(({ built }) => built),
      [false],
      "the job of one platform waits for no other",
    );

    const [arm64, index] = (await build("--platform", ARM64)).images;
    assert.equal(arm64!.contentName, `${name}-arm64`);
    assert.equal(index!.contentName, name);
    assert.equal(index!.platform, undefined);
    for (const client of [first, second]) {
      assert.equal(await client.manifests.digest(name), index!.digest);
      assert.deepEqual(await platformsOf(client, name), [
        ["amd64", amd64!.digest],
        ["arm64", arm64!.digest],
      ]);
    }
    const again = (await build()).images;
    assert.deepEqual(
      again.map(({ digest, built }) => [digest, built]),
      [[index!.digest, false]],
    );
  });

  it("has one label a platform, and a workflow's run decides about each by itself", async () => {
    await words("one label a platform");
    const labels = async (): Promise<readonly (readonly [string, boolean])[]> => {
      const { exitCode, stdout, stderr } = await project.slipway(
        ["workflows", "decide", "--json"],
        {
          ...{ GITHUB_EVENT_NAME: "push", GITHUB_REF: "refs/heads/main" },
          ...{ GITHUB_REPOSITORY: "pytorch/pytorch", GITHUB_OUTPUT: undefined },
        },
      );
      assert.equal(exitCode, 0, stderr);
      const { images } = JSON.parse(stdout) as { images: { image: string; build: boolean }[] };
      return images
        .filter(({ image }) => image.startsWith(FAMILY))
        .map(({ image, build }) => [image, build]);
    };
    const [amd64, arm64] = [`${FAMILY}@${AMD64}`, `${FAMILY}@${ARM64}`];
    const missing = ["build", "--missing", "--image"];
    assert.deepEqual(await labels(), [
      [amd64, true],
      [arm64, true],
    ]);
    assert.equal((await project.slipway([...missing, amd64])).exitCode, 0);
    assert.deepEqual(await labels(), [
      [amd64, false],
      [arm64, true],
    ]);
    assert.equal((await project.slipway([...missing, arm64])).exitCode, 0);
    assert.deepEqual(await labels(), [
      [amd64, false],
      [arm64, false],
    ]);
  });

  it("builds all platforms in one run where none is named", async () => {
    await words("all at once");
    const { images } = await build();
    assert.deepEqual(
      images.map(({ platform, built }) => [platform, built]),
      [
        [AMD64, true],
        [ARM64, true],
        [undefined, true],
      ],
    );
    assert.deepEqual(await platformsOf(second, images[2]!.contentName), [
      ["amd64", images[0]!.digest],
      ["arm64", images[1]!.digest],
    ]);
  });

  it("names the platform that was built when the builder of the other is away", async () => {
    await words("one builder is away");
    const builders = `  slipway:builders: { ${ARM64}: "unix:///nowhere/buildkitd.sock" }\n`;
    const mend = await project.edit(
      "Pulumi.local.yaml",
      (text) => `${text.trimEnd()}\n${builders}`,
    );
    const { exitCode, stdout } = await project.slipway([...MISSING, "--json"]);
    await mend();
    assert.equal(exitCode, 1);
    const { images, failures } = JSON.parse(stdout) as Report;
    assert.deepEqual(
      images.map(({ platform, built }) => [platform, built]),
      [[AMD64, true]],
    );
    assert.equal(failures.length, 1);
    assert.equal(failures[0]!.platform, ARM64);
    assert.match(failures[0]!.message, /unix:\/\/\/nowhere\/buildkitd\.sock does not answer/);
    const [arm64, index] = (await build()).images;
    assert.deepEqual([arm64!.platform, arm64!.built], [ARM64, true]);
    assert.equal((await platformsOf(first, index!.contentName)).length, 2);
  });

  it("ends with one index when the jobs of both platforms run at once", async () => {
    await words("side by side");
    const reports = await Promise.all([build("--platform", AMD64), build("--platform", ARM64)]);
    const indexes = reports.flatMap(({ images }) =>
      images.filter(({ platform }) => platform === undefined),
    );
    assert.ok(indexes.length > 0, "whoever comes last makes it");
    assert.equal(new Set(indexes.map(({ digest }) => digest)).size, 1);
    for (const client of [first, second]) {
      assert.equal(await client.manifests.digest(indexes[0]!.contentName), indexes[0]!.digest);
    }
  });
});
