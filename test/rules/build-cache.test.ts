import assert from "node:assert/strict";
import fc from "fast-check";
import { cacheReferences, type CachedImage, cacheRepository } from "../../rules/build-cache.ts";
import { parseImageReference } from "../../rules/image-reference.ts";
import { acceleratorProblem } from "../../rules/names.ts";

const repository = "ghcr.io/pytorch/ci-image";

describe("a build cache", () => {
  it("is beside the family's images, one for each accelerator and channel", () => {
    assert.equal(cacheRepository(repository), "ghcr.io/pytorch/ci-image-cache");
    assert.deepEqual(cacheReferences({ repository, accelerator: "cuda12.8" }, "main"), {
      from: ["ghcr.io/pytorch/ci-image-cache:cuda12.8__main"],
      to: "ghcr.io/pytorch/ci-image-cache:cuda12.8__main",
    });
    assert.deepEqual(cacheReferences({ repository }, "main").from, [
      "ghcr.io/pytorch/ci-image-cache:default__main",
    ]);
  });

  it("is read by a release line from main as well, after its own", () => {
    assert.deepEqual(cacheReferences({ repository, accelerator: "cpu" }, "release/2.10"), {
      from: [
        "ghcr.io/pytorch/ci-image-cache:cpu__release-2.10",
        "ghcr.io/pytorch/ci-image-cache:cpu__main",
      ],
      to: "ghcr.io/pytorch/ci-image-cache:cpu__release-2.10",
    });
  });

  it("is not written by a branch without a stack, which reads main's alone", () => {
    for (const channel of ["stage/docker/x", "feature", "release/2.10/x", "main2"]) {
      assert.deepEqual(
        cacheReferences({ repository }, channel),
        { from: ["ghcr.io/pytorch/ci-image-cache:default__main"] },
        channel,
      );
    }
  });

  it("is one for each platform where there are several, and another for the contract's check", () => {
    const image = { repository, accelerator: "cpu", platform: "linux/arm/v7" };
    assert.match(cacheReferences(image, "main").to ?? "", /:cpu__arm-v7__main$/);
    assert.match(
      cacheReferences({ ...image, contract: true }, "main").to ?? "",
      /:cpu__arm-v7__contract__main$/,
    );
  });

  const accelerator = fc
    .oneof(
      fc.stringMatching(/^[a-z0-9]{1,6}(?:[._-][a-z0-9]{1,4}){0,2}$/),
      fc.stringMatching(/^[g-z]{58,63}$/),
    )
    .filter((text) => acceleratorProblem(text) === undefined && text !== "default");
  const image: fc.Arbitrary<CachedImage> = fc.record(
    {
      repository: fc.constant(repository),
      accelerator,
      platform: fc.constantFrom("linux/amd64", "linux/arm64", "linux/arm/v7"),
      contract: fc.constant(true as const),
    },
    { requiredKeys: ["repository"] },
  );
  const channel = fc.oneof(
    fc.constantFrom("main", "release/2.10", "release/main", "release/2.10-arm64", "release/a__b"),
    fc.stringMatching(/^release\/[a-z0-9._-]{1,12}$/),
    fc.stringMatching(/^release\/[a-z0-9]{60,90}$/),
  );

  it("has a tag of its own, and one that every registry takes", () => {
    fc.assert(
      fc.property(image, channel, image, channel, (a, first, b, second) => {
        const [one, other] = [cacheReferences(a, first).to, cacheReferences(b, second).to];
        for (const reference of [one, other]) {
          if (reference !== undefined) parseImageReference(reference);
        }
        if (one === undefined || JSON.stringify([a, first]) === JSON.stringify([b, second])) return;
        assert.notEqual(one, other);
      }),
      { numRuns: 2000 },
    );
  });
});
