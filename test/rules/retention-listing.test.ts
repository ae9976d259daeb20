import assert from "node:assert/strict";
import { indexesWithoutChildren, readListing } from "../../rules/retention-listing.ts";
import { anyDigest, INDEX, MANIFEST } from "./support/stored-images.ts";

const detail = {
  registryId: "308535385114",
  repositoryName: "pytorch/ci-image",
  imageDigest: anyDigest(1),
  imageTags: ["cpu"],
  imageSizeInBytes: 12,
  imagePushedAt: "2026-11-21T06:00:00.500000+01:00",
  imageManifestMediaType: MANIFEST,
};

function faults(document: unknown): readonly string[] {
  const read = readListing(document);
  return "listings" in read ? [] : read.problems.map(({ path, message }) => `${path}: ${message}`);
}

describe("listing of ECR", () => {
  it("gives images by repository, with times of either version of the AWS CLI and of the SDK", () => {
    const at = Date.parse("2026-11-21T05:00:00.500Z");
    const other = { ...detail, repositoryName: "pytorch/other", imagePushedAt: at / 1000 };
    const sdk = {
      ...detail,
      imageDigest: anyDigest(2),
      imageTags: undefined,
      imagePushedAt: new Date(at),
      lastRecordedPullTime: new Date(at + 1),
      imageStatus: "ARCHIVED",
      lastArchivedAt: new Date(at + 2),
      lastActivatedAt: new Date(at + 3),
      subjectManifestDigest: anyDigest(1),
      imageManifestMediaType: INDEX,
      imageChildren: [anyDigest(1)],
    };
    const image = {
      digest: anyDigest(1),
      tags: ["cpu"],
      size: 12,
      pushedAt: at,
      mediaType: MANIFEST,
    };
    assert.deepEqual(readListing({ imageDetails: [detail, other, sdk] }), {
      listings: [
        {
          repository: "pytorch/ci-image",
          images: [
            image,
            {
              ...image,
              digest: anyDigest(2),
              tags: [],
              pulledAt: at + 1,
              archivedAt: at + 2,
              activatedAt: at + 3,
              mediaType: INDEX,
              subject: anyDigest(1),
              children: [anyDigest(1)],
            },
          ],
        },
        { repository: "pytorch/other", images: [image] },
      ],
    });
  });

  it("is refused with all its faults at once", () => {
    assert.deepEqual(faults([]), ["(document): [] is not a map"]);
    assert.deepEqual(faults({ images: [] }), ["imageDetails: missing; must be a list of images"]);
    const broken = {
      repositoryName: 5,
      imageDigest: "sha256:1",
      imagePushedAt: "yesterday",
      imageChildren: ["x"],
    };
    const timeless = { ...detail, imageDigest: anyDigest(3), imagePushedAt: undefined };
    assert.deepEqual(faults({ imageDetails: [detail, broken, detail, timeless, "x"] }), [
      "imageDetails[1].repositoryName: 5 is not a repository's path",
      'imageDetails[1].imageDigest: "sha256:1" is not a digest: sha256: and 64 hex digits',
      'imageDetails[1].imagePushedAt: "yesterday" is not a time, as ISO 8601 or in seconds since 1970',
      'imageDetails[1].imageChildren[0]: "x" is not a digest: sha256: and 64 hex digits',
      `imageDetails[2]: ${anyDigest(1)} is listed twice; keep one`,
      "imageDetails[3].imagePushedAt: missing; must be a time, as ISO 8601 or in seconds since 1970",
      'imageDetails[4]: "x" is not a map',
    ]);
    assert.deepEqual(faults({ imageDetails: [{ ...detail, lastArchivedAt: "soon" }] }), [
      'imageDetails[0].lastArchivedAt: "soon" is not a time, as ISO 8601 or in seconds since 1970',
    ]);
  });

  it("tells twenty faults and the number of the others", () => {
    const imageDetails = Array.from({ length: 100 }, () => "x");
    const found = faults({ imageDetails });
    assert.equal(found.length, 21);
    assert.equal(found.at(-1), "imageDetails: 80 more problems of this kind");
  });

  it("knows the indexes of which nobody said what they list", () => {
    const images = [
      { digest: "a", tags: [], pushedAt: 0, mediaType: INDEX },
      { digest: "b", tags: [], pushedAt: 0, mediaType: INDEX, children: [] },
      { digest: "c", tags: [], pushedAt: 0, mediaType: MANIFEST },
    ];
    assert.deepEqual(
      indexesWithoutChildren(images).map(({ digest }) => digest),
      ["a"],
    );
  });
});
