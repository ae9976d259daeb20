/* A store and its archives as somebody else's program reads them. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CachedImage } from "../../../cli/cache/cached-image.ts";
import { contentOf } from "../../../cli/cache/image-content.ts";
import { Store } from "../../../cli/cache/store/store.ts";
import { OCI_MANIFEST } from "../../../oci/media-types.ts";
import { Registries } from "../../../oci/registries.ts";
import { imageListText } from "../../../rules/image-list.ts";
import { withCachedProject } from "../../support/cached-project.ts";
import { withSkopeo } from "../../support/skopeo.ts";
import { manifestOf } from "../oci/sample-image.ts";

const ACCELERATOR = "pytorch-linux-jammy-rocm-n-py3";
const LABEL = `ci-image/${ACCELERATOR}`;
/** The same image with the OCI's media types in the place of Docker's, which older skopeos find under no name in a layout. */
const OCI_ACCELERATOR = `${ACCELERATOR}-oci`;
const OCI_LABEL = `ci-image/${OCI_ACCELERATOR}`;
const OCI_TYPES: Readonly<Record<string, string>> = {
  "application/vnd.docker.distribution.manifest.v2+json": OCI_MANIFEST,
  "application/vnd.docker.container.image.v1+json": "application/vnd.oci.image.config.v1+json",
  "application/vnd.docker.image.rootfs.diff.tar.gzip":
    "application/vnd.oci.image.layer.v1.tar+gzip",
};

interface Inspected {
  readonly Digest: string;
  readonly Layers: readonly string[];
}

describe("skopeo", function () {
  this.timeout(5 * 60_000);
  const kept = withCachedProject();
  const skopeo = withSkopeo();
  let folder: string;
  let image: CachedImage;

  before("keep an image of the OCI's types too", async () => {
    const { references, commit } = await kept().image(LABEL);
    const { host, username, password } = kept().cloud.registries["ghcr.io"];
    const reference = references["ghcr.io"] ?? "";
    const [name = "", digest = ""] = reference.split("@");
    const client = new Registries().repository(name, { [host]: { username, password } }, "push");
    const { bytes } = await client.manifests.get(digest);
    const text = bytes.toString().replaceAll(/application\/vnd\.docker[^"]+/g, (type) => {
      return OCI_TYPES[type] ?? type;
    });
    const manifest = manifestOf(OCI_MANIFEST, JSON.parse(text) as object);
    await client.manifests.put(manifest.digest, manifest);
    const entry = {
      ...{ digest: manifest.digest, contentName: `${OCI_ACCELERATOR}-k${"0".repeat(40)}` },
      ...{ commit, platforms: ["linux/amd64"], names: [] },
      references: { "ghcr.io": `${name}@${manifest.digest}` },
    };
    const list = imageListText({
      ...{ version: 1, repository: "pytorch/pytorch", channel: "main", ref: "refs/heads/main" },
      ...{ commit, families: { "ci-image": { images: { [OCI_ACCELERATOR]: entry } } } },
    });
    const file = join(kept().project.home, "images.json");
    await writeFile(file, list);
    const which = ["--images", file, "--image", OCI_LABEL];
    await kept().cache(["refresh", "--stack", "local", "--reserve", "1MiB", ...which]);
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-skopeo-"));
    image = await kept().image(LABEL);
  });
  afterEach(() => rm(folder, { recursive: true }));

  const inspect = async (source: string): Promise<Inspected> =>
    JSON.parse(await skopeo("inspect", source)) as Inspected;
  const layout = (label: string): string => `oci:${kept().store}/channels/main:${label}`;
  /** An image as its registry has it. */
  const published = async (label: string): Promise<Inspected> => {
    const { username, password } = kept().cloud.registries["ghcr.io"];
    const { references } = await kept().image(label);
    const login = ["--tls-verify=false", "--creds", `${username}:${password}`];
    const source = `docker://${references["ghcr.io"] ?? ""}`;
    return JSON.parse(await skopeo("inspect", ...login, source)) as Inspected;
  };
  /** The file that a runner loads. */
  const exported = async (): Promise<string> => {
    await mkdir(join(folder, "files"));
    const to = ["--directory", join(folder, "files"), "--image", ACCELERATOR];
    await kept().cache(["export", "--channel", "main", ...to]);
    return join(folder, "files", `${ACCELERATOR}_main.tar`);
  };
  /** Copies an image into a folder of its own, which skopeo checks byte by byte; gives the layers' files. */
  const copy = async (source: string): Promise<readonly string[]> => {
    const to = await mkdtemp(join(folder, "copy-"));
    await skopeo("copy", "--preserve-digests", source, `dir:${to}`);
    return (await readdir(to)).filter((name) => /^[0-9a-f]{64}$/.test(name)).sort();
  };
  /** Digests of an image's layers and of its configuration, as names of files. */
  const blobs = async (label: string): Promise<readonly string[]> => {
    const store = await Store.open(kept().store);
    const { config, layers } = await contentOf(store, await kept().image(label));
    const digests = new Set([config, ...layers].map(({ digest }) => digest));
    return [...digests].map((digest) => digest.slice("sha256:".length)).sort();
  };

  it("finds an image of the store by its label, as its registry describes it", async () => {
    const { Digest, Layers } = await inspect(layout(OCI_LABEL));
    const there = await published(OCI_LABEL);
    assert.deepEqual([Digest, Layers], [there.Digest, there.Layers]);
    assert.equal(Digest, (await kept().image(OCI_LABEL)).descriptor.digest);
  });

  it("finds no image that the channel has not", async () => {
    await assert.rejects(inspect(layout(`${OCI_LABEL}-2`)), /no descriptor found/);
  });

  it("copies an image out of the store", async () => {
    assert.deepEqual(await copy(layout(OCI_LABEL)), await blobs(OCI_LABEL));
  });

  it("reads an exported file as an archive of the OCI, with the image's digest", async () => {
    const file = await exported();
    const { Digest, Layers } = await inspect(`oci-archive:${file}`);
    const there = await published(LABEL);
    assert.deepEqual([Digest, Layers], [there.Digest, there.Layers]);
    assert.deepEqual(await copy(`oci-archive:${file}`), await blobs(LABEL));
  });

  it("reads an exported file as an archive of Docker's, under the name on ECR", async () => {
    const file = await exported();
    const names = await skopeo("list-tags", `docker-archive:${file}`);
    const repository = (image.references.ecr ?? "").split("@")[0] ?? "";
    assert.deepEqual((JSON.parse(names) as { Tags: unknown }).Tags, [
      `${repository}:${image.contentName}`,
    ]);
    const to = join(folder, "unpacked");
    await skopeo("copy", `docker-archive:${file}`, `oci:${to}:image`);
    const raw = await skopeo("inspect", "--config", "--raw", `oci:${to}:image`);
    const published = await skopeo("inspect", "--config", "--raw", `oci-archive:${file}`);
    assert.deepEqual(JSON.parse(raw), JSON.parse(published));
  });
});
