import assert from "node:assert/strict";
import {
  ARTIFACT_LIMIT,
  getArtifact,
  putArtifact,
  sourceAnnotation,
} from "../../../oci/artifact.ts";
import { copyImage } from "../../../oci/copy.ts";
import { Registries, type RepositoryClient } from "../../../oci/registries.ts";
import { startRegistry, type TestRegistry } from "../../support/registry.ts";
import { push, sampleImage } from "./sample-image.ts";

const artifactType = "application/vnd.example.list.v1";
const artifact = (text: string): Parameters<typeof putArtifact>[2] => ({
  artifactType,
  mediaType: "application/json",
  bytes: Buffer.from(text),
});

describe("an artifact", () => {
  let registry: TestRegistry;
  let client: RepositoryClient;
  const repository = (path: string): RepositoryClient =>
    new Registries().repository(`${registry.host}/${path}`, registry.credentials, "push");

  before(async function () {
    this.timeout(180_000); // the registry is built once
    registry = await startRegistry();
    client = repository("list");
  });
  after(() => registry.stop());

  it("is read as it was put, by its tag and by its digest", async () => {
    const digest = await putArtifact(client, "main", artifact("[1]"));
    const expected = { ...artifact("[1]"), digest };
    assert.deepEqual(await getArtifact(client, "main", artifactType), expected);
    assert.deepEqual(await getArtifact(client, digest, artifactType), expected);
  });

  it("has the same digest whenever the same is put, and a tag that follows what was put last", async () => {
    const first = await putArtifact(client, "moving", artifact("[1]"));
    assert.notEqual(await putArtifact(client, "moving", artifact("[2]")), first);
    assert.equal((await getArtifact(client, "moving", artifactType))?.bytes.toString(), "[2]");
    assert.equal(await putArtifact(client, "moving", artifact("[1]")), first);
  });

  it("says on its manifest of which repository it is, for ghcr.io to link a new package to that", async () => {
    const annotations = sourceAnnotation("pytorch/pytorch");
    const digest = await putArtifact(client, "sourced", { ...artifact("[1]"), annotations });
    const { bytes } = await client.manifests.get(digest);
    const manifest = JSON.parse(Buffer.from(bytes).toString("utf8")) as { annotations?: unknown };
    assert.deepEqual(manifest.annotations, {
      "org.opencontainers.image.source": "https://github.com/pytorch/pytorch",
    });
    assert.deepEqual(await getArtifact(client, "sourced", artifactType), {
      ...artifact("[1]"),
      digest,
    });
  });

  it("may be empty", async () => {
    await putArtifact(client, "empty", artifact(""));
    assert.equal((await getArtifact(client, "empty", artifactType))?.bytes.length, 0);
  });

  it("is copied like an image", async () => {
    const digest = await putArtifact(client, "copied", artifact("[1]"));
    const other = repository("other");
    await copyImage(client, other, digest);
    assert.equal((await getArtifact(other, digest, artifactType))?.bytes.toString(), "[1]");
  });

  it("is undefined where there is none", async () => {
    assert.equal(await getArtifact(client, "absent", artifactType), undefined);
    assert.equal(await getArtifact(repository("nowhere"), "main", artifactType), undefined);
  });

  it("is refused where something else is: an image, or another type of artifact", async () => {
    await push(sampleImage(), client, "image");
    await assert.rejects(getArtifact(client, "image", artifactType), {
      name: "UserError",
      message:
        /\/list@sha256:\w+ \(image\) is of type application\/vnd\.oci\.image\.config\.v1\+json, not one document of type application\/vnd\.example\.list\.v1$/,
    });
    await putArtifact(client, "another", { ...artifact("{}"), artifactType: "application/x" });
    await assert.rejects(
      getArtifact(client, "another", artifactType),
      /is of type application\/x, not one document/,
    );
  });

  it("is put and read up to a limit only", async () => {
    const most = { ...artifact(""), bytes: Buffer.alloc(ARTIFACT_LIMIT) };
    await putArtifact(client, "most", most);
    assert.equal((await getArtifact(client, "most", artifactType))?.bytes.length, ARTIFACT_LIMIT);
    const more = { ...artifact(""), bytes: Buffer.alloc(ARTIFACT_LIMIT + 1) };
    await assert.rejects(putArtifact(client, "more", more), {
      name: "UserError",
      message: /\/list:more: 4194305 bytes are more than an artifact may have here \(4194304\)$/,
    });
    assert.equal(await client.manifests.digest("more"), undefined);
  });
});
