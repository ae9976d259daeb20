import assert from "node:assert/strict";
import { referrersIndex, subjectOf } from "../../../local/ecr/referrers.ts";

const SUBJECT = `sha256:${"1".repeat(64)}`;
const image = (name: string, document: unknown) => ({
  digest: `sha256:${name}`,
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  manifest: typeof document === "string" ? document : JSON.stringify(document),
});
const subject = { mediaType: "x", digest: SUBJECT, size: 1 };

describe("what ECR lists as attached to an image", () => {
  it("has what names the image as its subject, with type and annotations, and nothing else", () => {
    const annotations = { a: "b" };
    const images = [
      image("typed", { artifactType: "t", subject, annotations }),
      image("configured", { config: { mediaType: "c", digest: "d" }, subject }),
      image("other", { artifactType: "t", subject: { ...subject, digest: "sha256:2" } }),
      image("plain", { artifactType: "t" }),
      image("broken", "{"),
    ];
    const { manifests } = referrersIndex(SUBJECT, images) as { manifests: object[] };
    const size = (index: number): number => images[index]?.manifest.length ?? 0;
    const { mediaType } = image("", {});
    assert.deepEqual(manifests, [
      { mediaType, digest: "sha256:typed", size: size(0), artifactType: "t", annotations },
      { mediaType, digest: "sha256:configured", size: size(1), artifactType: "c" },
    ]);
  });

  it("is told by the subject of a manifest, where there is one", () => {
    assert.equal(subjectOf(JSON.stringify({ subject })), SUBJECT);
    assert.equal(subjectOf("{}"), undefined);
    assert.equal(subjectOf("no JSON"), undefined);
  });
});
