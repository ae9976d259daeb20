/* What the local ECR has in common with AWS's, to who pushes, who pulls and who asks the API. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { ECR } from "@aws-sdk/client-ecr";
import { startCloud } from "../../../local/cloud.ts";
import { stopDaemon } from "../../../local/daemon.ts";
import { ImmutableNameFault } from "../../../oci/faults.ts";
import { Registries, type RepositoryClient } from "../../../oci/registries.ts";
import { testIdentity, withCloud } from "../../support/cloud.ts";
import { manifestOf, push, sampleImage, sampleIndex } from "../oci/sample-image.ts";

const [IMMUTABLE, MUTABLE] = ["pytorch/ecr-test", "pytorch/ecr-test-cache"];
const policy = { attempts: 1, delay: 0, longestDelay: 0, longestRetryAfter: 0 };

describe("the local ECR", function () {
  this.timeout(60_000);
  const cloud = withCloud();
  let ecr: ECR;
  let repository: (path: string) => RepositoryClient;
  let request: (path: string, init?: RequestInit) => Promise<Response>;

  before(async () => {
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    ecr = new ECR({ endpoint: cloud().aws.endpoint, region: "us-east-1", credentials });
    const { host, username, password } = cloud().registries.ecr;
    const registries = new Registries(policy);
    repository = (path) =>
      registries.repository(`${host}/${path}`, { [host]: { username, password } }, "push");
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    request = (path, init) =>
      fetch(`http://${host}${path}`, { headers: { authorization }, ...init });
    await makeRepositories();
  });
  after(async () => {
    for (const repositoryName of [IMMUTABLE, MUTABLE]) {
      await ecr.deleteRepository({ repositoryName, force: true });
    }
    ecr.destroy();
  });

  async function makeRepositories(): Promise<void> {
    await ecr.createRepository({ repositoryName: IMMUTABLE, imageTagMutability: "IMMUTABLE" });
    await ecr.createRepository({ repositoryName: MUTABLE, imageTagMutability: "MUTABLE" });
  }

  /** Digest and tags of every image of a repository, as the API lists them. */
  async function visible(repositoryName: string): Promise<Map<string, string[]>> {
    const { imageIds = [] } = await ecr.listImages({ repositoryName });
    const byDigest = Map.groupBy(imageIds, ({ imageDigest }) => imageDigest ?? "");
    return new Map(
      [...byDigest].map(([digest, ids]) => [
        digest,
        ids.flatMap(({ imageTag }) => imageTag ?? []).sort(),
      ]),
    );
  }

  it("refuses pushes to and pulls from a repository that nobody made, in ECR's words", async () => {
    const message = `The repository with name 'pytorch/nothing' does not exist in the registry with id '${testIdentity.awsAccountId}'`;
    for (const [method, path] of [
      ["POST", "blobs/uploads/"],
      ["PUT", "manifests/cuda12.8"],
      ["GET", "manifests/cuda12.8"],
      ["GET", "tags/list"],
    ] as const) {
      const answer = await request(`/v2/pytorch/nothing/${path}`, { method });
      assert.equal(answer.status, 404, path);
      assert.deepEqual(await answer.json(), { errors: [{ code: "NAME_UNKNOWN", message }] });
    }
    await assert.rejects(push(sampleImage(), repository("pytorch/nothing")), /NAME_UNKNOWN/);
  });

  it("asks for a login before it tells what there is", async () => {
    const { host } = cloud().registries.ecr;
    for (const path of [IMMUTABLE, "pytorch/nothing"]) {
      const answer = await fetch(`http://${host}/v2/${path}/manifests/latest`);
      assert.equal(answer.status, 401);
      assert.match(answer.headers.get("www-authenticate") ?? "", /^Basic realm=/);
    }
  });

  it("keeps the image that an immutable tag was given first", async () => {
    const [first, second] = [sampleImage(), sampleImage()];
    const to = repository(IMMUTABLE);
    await push(first, to, "kept");
    await push(first, to, "kept");
    await assert.rejects(push(second, to, "kept"), (error) => {
      assert.ok(error instanceof ImmutableNameFault, String(error));
      assert.equal(error.status, 400);
      assert.match(error.message, /TAG_INVALID: The image tag 'kept' already exists/);
      return true;
    });
    assert.equal(await to.manifests.digest("kept"), first.manifest.digest);
    assert.equal((await visible(IMMUTABLE)).get(second.manifest.digest)?.length ?? 0, 0);
  });

  it("lets one of two simultaneous pushes to an immutable tag win", async () => {
    const images = [sampleImage(), sampleImage(), sampleImage()];
    const pushes = await Promise.allSettled(
      images.map((image) => push(image, repository(IMMUTABLE), "raced")),
    );
    assert.equal(pushes.filter(({ status }) => status === "fulfilled").length, 1);
    const winner = images[pushes.findIndex(({ status }) => status === "fulfilled")];
    const digest = await repository(IMMUTABLE).manifests.digest("raced");
    assert.equal(digest, winner?.manifest.digest);
  });

  it("moves a tag of a mutable repository, and keeps the image that had it", async () => {
    const [first, second] = [sampleImage(), sampleImage()];
    const to = repository(MUTABLE);
    await push(first, to, "moving");
    await push(second, to, "moving");
    assert.equal(await to.manifests.digest("moving"), second.manifest.digest);
    assert.equal(await to.manifests.digest(first.manifest.digest), first.manifest.digest);
    const images = await visible(MUTABLE);
    assert.deepEqual(images.get(second.manifest.digest), ["moving"]);
    assert.deepEqual(images.get(first.manifest.digest), []);
  });

  it("shows every kind of manifest through the API, pushed by tag or by digest", async () => {
    const to = repository(IMMUTABLE);
    const images = [sampleImage(), sampleImage()];
    for (const image of images) await push(image, to);
    const index = sampleIndex(images);
    await to.manifests.put("an-index", index);
    const { config, layers } = images[0]!.manifest.document;
    const odd = [
      "application/vnd.buildkit.cacheconfig.v0",
      "application/vnd.example.list+json",
    ].map((mediaType) =>
      manifestOf("application/vnd.oci.image.manifest.v1+json", {
        schemaVersion: 2,
        config: { ...config!, mediaType },
        layers: layers!,
      }),
    );
    for (const manifest of odd) await to.manifests.put(manifest.digest, manifest);
    const shown = await visible(IMMUTABLE);
    for (const { manifest } of images) assert.deepEqual(shown.get(manifest.digest), []);
    for (const { digest } of odd) assert.deepEqual(shown.get(digest), []);
    assert.deepEqual(shown.get(index.digest), ["an-index"]);
    const { imageDetails = [] } = await ecr.describeImages({
      repositoryName: IMMUTABLE,
      imageIds: [{ imageTag: "an-index" }],
    });
    assert.equal(imageDetails[0]?.imageManifestMediaType, index.mediaType);
    const got = await ecr.batchGetImage({
      repositoryName: IMMUTABLE,
      imageIds: [{ imageDigest: index.digest }],
    });
    assert.equal(got.images?.[0]?.imageManifest, Buffer.from(index.bytes).toString());
  });

  it("no longer gives out what was deleted through the API, until it is pushed again", async () => {
    const to = repository(IMMUTABLE);
    const image = sampleImage();
    const { digest } = image.manifest;
    await push(image, to, "deleted", "too");
    await ecr.batchDeleteImage({
      repositoryName: IMMUTABLE,
      imageIds: [{ imageTag: "deleted" }],
    });
    assert.equal(await to.manifests.digest("deleted"), undefined);
    assert.equal(await to.manifests.digest("too"), digest);
    await ecr.batchDeleteImage({
      repositoryName: IMMUTABLE,
      imageIds: [{ imageDigest: digest }],
    });
    assert.equal(await to.manifests.digest("too"), undefined);
    assert.equal(await to.manifests.digest(digest), undefined);
    assert.ok(!(await to.tags()).includes("too"));
    const answer = await request(`/v2/${IMMUTABLE}/manifests/too`);
    const errors = [{ code: "MANIFEST_UNKNOWN", message: "Requested image not found" }];
    assert.deepEqual(await answer.json(), { errors });
    await push(image, to, "deleted");
    assert.equal(await to.manifests.digest("deleted"), digest);
  });

  it("deletes by its own API what the ECR API then no longer has", async () => {
    const to = repository(IMMUTABLE);
    const image = sampleImage();
    await push(image, to, "removed");
    const remove = () =>
      request(`/v2/${IMMUTABLE}/manifests/${image.manifest.digest}`, { method: "DELETE" });
    assert.equal((await remove()).status, 202);
    assert.equal((await visible(IMMUTABLE)).has(image.manifest.digest), false);
    assert.equal(await to.manifests.digest("removed"), undefined);
    assert.equal((await remove()).status, 404);
  });

  it("follows a tag that was given through the API alone", async () => {
    const to = repository(IMMUTABLE);
    const image = sampleImage();
    await push(image, to, "pushed");
    await ecr.putImage({
      repositoryName: IMMUTABLE,
      imageManifest: Buffer.from(image.manifest.bytes).toString(),
      imageManifestMediaType: image.manifest.mediaType,
      imageTag: "given",
    });
    assert.equal(await to.manifests.digest("given"), image.manifest.digest);
    assert.ok((await to.tags()).includes("given"));
  });

  it("takes and gives blobs of any size, in one piece or in several", async () => {
    const blob = randomBytes(9 * 1024 * 1024);
    const to = repository(IMMUTABLE);
    const image = sampleImage(blob);
    await push(image, to, "large");
    const layer = image.manifest.document.layers![0]!;
    let size = 0;
    for await (const chunk of await to.blobs.get(layer)) size += (chunk as Buffer).length;
    assert.equal(size, blob.length);

    const { host } = cloud().registries.ecr;
    const started = await request(`/v2/${MUTABLE}/blobs/uploads/`, { method: "POST" });
    const location = started.headers.get("location") ?? "";
    assert.ok(location.startsWith(`http://${host}/v2/${MUTABLE}/blobs/uploads/`), location);
    const headers = {
      ...Object.fromEntries(authorizationOf(cloud().registries.ecr)),
      "content-type": "application/octet-stream",
    };
    const patched = await fetch(location, { method: "PATCH", headers, body: blob });
    assert.equal(patched.status, 202);
    const end = patched.headers.get("location") ?? "";
    const done = await fetch(`${end}&digest=${layer.digest}`, { method: "PUT", headers });
    assert.equal(done.status, 201);
  });

  it("has everything again when AWS lost it and the repository was made anew", async () => {
    const to = repository(IMMUTABLE);
    const [tagged, bare] = [sampleImage(), sampleImage()];
    await push(tagged, to, "before", "also-before");
    await push(bare, to);
    await stopDaemon(cloud().folder, "moto");
    await assert.rejects(to.manifests.digest("before"), /UNAVAILABLE|503/);
    await startCloud({ folder: cloud().folder, ...testIdentity });
    assert.equal(await to.manifests.digest("before"), undefined, "there is no repository");
    await makeRepositories();
    assert.equal(await to.manifests.digest("before"), tagged.manifest.digest);
    assert.equal(await to.manifests.digest(bare.manifest.digest), bare.manifest.digest);
    const images = await visible(IMMUTABLE);
    assert.deepEqual(images.get(tagged.manifest.digest), ["also-before", "before"]);
    assert.deepEqual(images.get(bare.manifest.digest), []);
    await assert.rejects(push(bare, to, "before"), ImmutableNameFault);
  });
});

function authorizationOf(login: { username: string; password: string }): [string, string][] {
  const text = Buffer.from(`${login.username}:${login.password}`).toString("base64");
  return [["authorization", `Basic ${text}`]];
}
