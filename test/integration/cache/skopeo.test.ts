/* A store and its archives as somebody else's program reads them. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CachedImage } from "../../../cli/cache/cached-image.ts";
import { contentOf } from "../../../cli/cache/image-content.ts";
import { Store } from "../../../cli/cache/store/store.ts";
import { withCachedProject } from "../../support/cached-project.ts";
import { withSkopeo } from "../../support/skopeo.ts";

const ACCELERATOR = "pytorch-linux-jammy-rocm-n-py3";
const LABEL = `ci-image/${ACCELERATOR}`;

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
    const { Digest, Layers } = await inspect(layout(LABEL));
    const there = await published(LABEL);
    assert.deepEqual([Digest, Layers], [there.Digest, there.Layers]);
    assert.equal(Digest, (await kept().image(LABEL)).descriptor.digest);
  });

  it("finds no image that the channel has not", async () => {
    await assert.rejects(inspect(layout(`${LABEL}-2`)), /no descriptor found/);
  });

  it("copies an image out of the store", async () => {
    assert.deepEqual(await copy(layout(LABEL)), await blobs(LABEL));
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
