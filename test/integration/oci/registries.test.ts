/* Against a real registry; what a registry may do wrong is in faults.test.ts. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { copyImage } from "../../../oci/copy.ts";
import { sha256 } from "../../../oci/digest.ts";
import { Registries, type RepositoryClient } from "../../../oci/registries.ts";
import { apiOrigin } from "../../../oci/transport.ts";
import { startRegistry, type TestRegistry } from "../../support/registry.ts";
import { startProxy, type Proxy } from "./proxy.ts";
import { push, sampleImage, sampleIndex } from "./sample-image.ts";

describe("the registry client", () => {
  let first: TestRegistry;
  let second: TestRegistry;
  let proxy: Proxy;
  const registries = new Registries();

  const started: { stop(): Promise<unknown> }[] = [];

  before(async function () {
    this.timeout(180_000); // the registry is built once
    started.push((first = await startRegistry()), (second = await startRegistry()));
    started.push((proxy = await startProxy(second.port)));
  });
  after(() => Promise.all(started.map((server) => server.stop())));
  beforeEach(() => proxy.reset());

  const onFirst = (path: string): RepositoryClient =>
    registries.repository(`${first.host}/${path}`, first.credentials, "push");
  const onSecond = (path: string): RepositoryClient => {
    const { username, password } = second;
    const logins = { [proxy.host]: { username, password } };
    return registries.repository(`${proxy.host}/${path}`, logins, "push");
  };
  const uploads = (): string[] =>
    proxy.seen
      .filter(({ method, url }) => method === "PUT" && url.includes("/blobs/"))
      .map(({ url }) => url);

  it("looks up, gets and puts manifests by tag and by digest", async () => {
    const repository = onFirst("manifests");
    const image = sampleImage();
    assert.equal(await repository.manifests.digest("a"), undefined);
    const digest = await push(image, repository, "a");
    assert.equal(await repository.manifests.digest("a"), digest);
    assert.equal(await repository.manifests.digest(digest), digest);
    const got = await repository.manifests.get("a");
    assert.deepEqual(Buffer.from(got.bytes), image.manifest.bytes);
    assert.equal(got.mediaType, image.manifest.mediaType);
    assert.equal(await repository.manifests.digest(`sha256:${"0".repeat(64)}`), undefined);
  });

  it("streams a blob up and down unchanged, larger than any buffer", async () => {
    const bytes = randomBytes(3_000_000);
    const blob = { digest: sha256(bytes), size: bytes.length };
    const repository = onFirst("blobs");
    assert.equal(await repository.blobs.has(blob.digest), false);
    await repository.blobs.ensure(blob, {
      open: async () => Readable.from([bytes.subarray(0, 1), bytes.subarray(1)]),
    });
    assert.equal(await repository.blobs.has(blob.digest), true);
    assert.deepEqual(Buffer.concat(await (await repository.blobs.get(blob)).toArray()), bytes);
  });

  it("tells the length of an upload and never sends it in chunks", async () => {
    const bytes = randomBytes(100_000);
    const blob = { digest: sha256(bytes), size: bytes.length };
    await onSecond("length").blobs.ensure(blob, { open: async () => Readable.from([bytes]) });
    const sent = proxy.seen.find(({ method }) => method === "PUT");
    assert.equal(sent?.headers["content-length"], "100000");
    assert.equal(sent.headers["transfer-encoding"], undefined);
  });

  it("lists the tags of all pages, and none of a repository that is not there", async () => {
    const repository = onSecond("tags");
    const tags = Array.from({ length: 7 }, (_, index) => `t${index}`);
    await push(sampleImage(), repository, ...tags);
    proxy.fault = ({ url }) => {
      if (url !== "/v2/tags/tags/list") return undefined;
      const headers = { link: '</v2/tags/tags/list?n=3&last=t2>; rel="next"' };
      return { status: 200, headers, body: JSON.stringify({ tags: ["t0", "t1", "t2"] }) };
    };
    const again = onSecond("tags");
    assert.deepEqual(await again.tags(), tags);
    assert.deepEqual(await onFirst("nowhere").tags(), []);
  });

  it("copies an image to another registry, and sends nothing the second time", async () => {
    const image = sampleImage();
    const digest = await push(image, onFirst("copied"));
    await copyImage(onFirst("copied"), onSecond("copied"), digest);
    assert.deepEqual(
      Buffer.from((await onSecond("copied").manifests.get(digest)).bytes),
      image.manifest.bytes,
    );
    assert.equal(uploads().length, 3);
    proxy.reset();
    await copyImage(onFirst("copied"), onSecond("copied"), digest);
    assert.deepEqual(
      proxy.seen.map(({ method }) => method),
      ["HEAD"],
    );
  });

  it("copies an index with all its images, and a layer they share once", async () => {
    const shared = randomBytes(500);
    const images = [sampleImage(shared, randomBytes(10)), sampleImage(shared, randomBytes(10))];
    const index = sampleIndex(images);
    for (const image of images) await push(image, onFirst("index"));
    await onFirst("index").manifests.put(index.digest, index);
    await copyImage(onFirst("index"), onSecond("index"), index.digest);
    for (const { manifest } of [...images, { manifest: index }]) {
      assert.equal(await onSecond("index").manifests.digest(manifest.digest), manifest.digest);
    }
    assert.equal(uploads().length, 4, "one configuration, the shared layer and two more");
  });

  it("sends a blob once that several copies need at the same time", async () => {
    const shared = randomBytes(500);
    const images = Array.from({ length: 4 }, () => sampleImage(shared, randomBytes(10)));
    for (const image of images) await push(image, onFirst("parallel"));
    await Promise.all(
      images.map(({ manifest }) =>
        copyImage(onFirst("parallel"), onSecond("parallel"), manifest.digest),
      ),
    );
    assert.equal(uploads().length, 6, "one configuration, the shared layer and four more");
  });

  it("mounts blobs from another repository of the same registry", async () => {
    const image = sampleImage();
    const digest = await push(image, onSecond("mount/from"));
    proxy.reset();
    await copyImage(onSecond("mount/from"), onSecond("mount/to"), digest);
    assert.equal(await onSecond("mount/to").manifests.digest(digest), digest);
    assert.deepEqual(uploads(), []);
    assert.equal(proxy.seen.filter(({ url }) => url.includes("mount=")).length, 3);
  });

  it("uploads where a registry starts an upload instead of mounting", async () => {
    const image = sampleImage();
    await push(image, onSecond("unmounted/from"));
    const { config } = image.manifest.document;
    proxy.reset();
    await onSecond("unmounted/to").blobs.ensure(config!, {
      open: () => onSecond("unmounted/from").blobs.open(config!),
      mountFrom: "unmounted/nowhere",
    });
    assert.equal(await onSecond("unmounted/to").blobs.has(config!.digest), true);
    assert.equal(uploads().length, 1);
  });

  it("uploads where a registry refuses to mount", async () => {
    const digest = await push(sampleImage(), onSecond("refused/from"));
    proxy.reset();
    proxy.fault = ({ url }) => (url.includes("mount=") ? { status: 405 } : undefined);
    await copyImage(onSecond("refused/from"), onSecond("refused/to"), digest);
    assert.equal(await onSecond("refused/to").manifests.digest(digest), digest);
    assert.equal(uploads().length, 3);
  });

  it("speaks plain http to this machine only, and knows where Docker Hub's API is", () => {
    assert.equal(apiOrigin("localhost:5001").href, "http://localhost:5001/");
    assert.equal(apiOrigin("127.0.0.1:5001").href, "http://127.0.0.1:5001/");
    assert.equal(apiOrigin("localhost.example.com").href, "https://localhost.example.com/");
    assert.equal(apiOrigin("10.0.0.1:5000").href, "https://10.0.0.1:5000/");
    assert.equal(apiOrigin("ghcr.io").href, "https://ghcr.io/");
    assert.equal(apiOrigin("docker.io").href, "https://registry-1.docker.io/");
  });
});
