import assert from "node:assert/strict";
import { putNames, type NamesOfDigest } from "../../../provider/put-names.ts";
import { push, sampleImage } from "../oci/sample-image.ts";
import { TwoRegistries } from "./two-registries.ts";

describe("names of one digest", () => {
  let two: TwoRegistries;
  before(async function () {
    this.timeout(180_000); // the registry is built once
    two = await TwoRegistries.start();
  });
  after(() => two.stop());
  beforeEach(() => two.next());

  const asked = (digest: string, changes: Partial<NamesOfDigest> = {}): NamesOfDigest => ({
    digest,
    source: two.authority,
    targets: [
      { repository: two.authority, tags: ["pin-1"] },
      { repository: two.mirror, tags: ["a-rc1", "a-rc2"] },
    ],
    fixed: true,
    credentials: two.credentials,
    ...changes,
  });
  const all = (digest: string): Record<string, string> => ({
    [`${two.authority}:pin-1`]: digest,
    [`${two.mirror}:a-rc1`]: digest,
    [`${two.mirror}:a-rc2`]: digest,
  });

  it("are put on each registry, after the content, which is sent once", async () => {
    const digest = await push(sampleImage(), two.client(two.authority));
    const put = await putNames(asked(digest), two.registries);
    assert.deepEqual(put, { names: all(digest), taken: [] });
    for (const tag of ["a-rc1", "a-rc2"]) assert.equal(await two.at(two.mirror, tag), digest);
    assert.equal(await two.at(two.authority, "pin-1"), digest);
    const uploads = two.writes.filter((write) => write.startsWith("PUT blobs/"));
    assert.equal(uploads.length, 3);
    assert.deepEqual(
      two.writes.filter((write) => write.startsWith("PUT manifests/")),
      [`PUT manifests/${digest}`, "PUT manifests/a-rc1", "PUT manifests/a-rc2"],
    );
  });

  it("are left alone and told of when they are fixed and have other content", async () => {
    const before = await push(sampleImage(), two.client(two.mirror), "a-rc1");
    const digest = await push(sampleImage(), two.client(two.authority));
    const put = await putNames(asked(digest), two.registries);
    assert.deepEqual(put, {
      names: { ...all(digest), [`${two.mirror}:a-rc1`]: before },
      taken: [`${two.mirror}:a-rc1`],
    });
    assert.equal(await two.at(two.mirror, "a-rc1"), before);
    assert.equal(await two.at(two.mirror, "a-rc2"), digest);
  });

  it("are moved when they are not fixed", async () => {
    await push(sampleImage(), two.client(two.mirror), "a-rc1");
    const digest = await push(sampleImage(), two.client(two.authority));
    const put = await putNames(asked(digest, { fixed: false }), two.registries);
    assert.deepEqual(put, { names: all(digest), taken: [] });
    assert.equal(await two.at(two.mirror, "a-rc1"), digest);
  });

  it("cost look-ups alone when they are in place, wherever the content came from", async () => {
    const digest = await push(sampleImage(), two.client(two.authority));
    await putNames(asked(digest), two.registries);
    two.proxy.reset();
    const source = `${two.first.host}/gone`;
    const put = await putNames(asked(digest, { source }), two.registries);
    assert.deepEqual(put, { names: all(digest), taken: [] });
    assert.deepEqual(two.writes, []);
  });

  it("take the content from another target when the source lost it", async () => {
    const digest = await push(sampleImage(), two.client(two.mirror));
    await putNames(asked(digest), two.registries);
    assert.equal(await two.at(two.authority, "pin-1"), digest);
  });

  it("are refused when the content is nowhere", async () => {
    const { digest } = sampleImage().manifest;
    await assert.rejects(putNames(asked(digest), two.registries), {
      name: "UserError",
      message:
        `${digest} is on none of ${two.authority}, ${two.mirror}: it cannot be named ` +
        `${two.authority}:pin-1, ${two.mirror}:a-rc1, ${two.mirror}:a-rc2. ` +
        "Publish it there first",
    });
  });

  it("are the other writer's who puts a fixed one at the same time, which is told", async () => {
    const theirs = sampleImage();
    const digest = await push(sampleImage(), two.client(two.authority));
    two.proxy.fault = async ({ method, url }) => {
      if (method === "PUT" && url.includes("/manifests/sha256:")) {
        await push(theirs, two.client(two.mirror), "a-rc2");
      }
      return undefined;
    };
    const put = await putNames(asked(digest), two.registries);
    assert.deepEqual(put.taken, [`${two.mirror}:a-rc2`]);
    assert.equal(await two.at(two.mirror, "a-rc2"), theirs.manifest.digest);
  });
});
