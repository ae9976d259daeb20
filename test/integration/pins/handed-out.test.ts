import assert from "node:assert/strict";
import { handedOutDigests } from "../../../cli/pins/protect/handed-out.ts";
import { readStack, type Stack } from "../../../cli/stack.ts";
import { Registries } from "../../../oci/registries.ts";
import type { LocalCloud } from "../../../rules/local-cloud.ts";
import type { PinnedDigest } from "../../../rules/pins/pinned-digests.ts";
import { startRegistry, type TestRegistry } from "../../support/registry.ts";
import { push, sampleImage, sampleImageFor, sampleIndex } from "../oci/sample-image.ts";

const path = "rocm/tools";

describe("the digests that channels hand out", function () {
  this.timeout(60_000);
  let registry: TestRegistry;
  let stack: Stack;
  const platforms = ["linux/amd64", "linux/arm64"].map(sampleImageFor);
  const index = sampleIndex(platforms);
  const single = sampleImage();
  before(async () => {
    registry = await startRegistry();
    const { host, username, password, credentials } = registry;
    const place = { host, username, password };
    const registries = { ecr: place, "ghcr.io": place, "docker.io": place };
    // Of the cloud its registries alone are asked for here.
    stack = { ...(await readStack("therock")), cloud: { registries } as unknown as LocalCloud };
    const to = new Registries().repository(`${host}/${path}`, credentials, "push");
    for (const image of [...platforms, single]) await push(image, to);
    await to.manifests.put(index.digest, index);
  });
  after(() => registry.stop());

  const pin = (image: string, digest = `sha256:${"7".repeat(64)}`): PinnedDigest => ({
    ...{ digest, repository: path, image, seen: "2026-11-21", users: ["a/b@main"] },
  });
  async function handedOut(places: readonly string[], ...unseen: readonly PinnedDigest[]) {
    const all = [index, single.manifest].map(({ digest }) => ({
      ...{
        image: "tools/cpu",
        digest,
        references: places.map((place) => `${place}@${digest}`),
      },
    }));
    return handedOutDigests({ all, latest: () => undefined }, stack, unseen);
  }
  const shown = () => `${registry.host}/${path}`;
  const hidden = () => `${registry.host}/rocm/none`;
  const own = new Set([index.digest, single.manifest.digest]);

  it("are those of lists, and what an index among them lists", async () => {
    const all = new Set([...own, ...platforms.map(({ manifest }) => manifest.digest)]);
    assert.deepEqual(await handedOut([shown()], pin("tools")), all);
    assert.deepEqual(await handedOut([hidden(), shown()], pin("tools/cpu")), all);
  });

  it("are those of lists alone where no digest of the family may go, without asking", async () => {
    assert.deepEqual(await handedOut([shown()]), own);
    assert.deepEqual(await handedOut([shown()], pin("others"), pin("tools", index.digest)), own);
  });

  it("are those of lists alone where no registry shows what they are", async () => {
    assert.deepEqual(await handedOut([hidden()], pin("tools")), own);
  });
});
