// Does not prove what ECR does with these inputs.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Provider as AwsProvider } from "@pulumi/aws/provider.js";
import { FORGET_UNNAMED_CACHE } from "../../rules/build-cache.ts";
import { ImageRepository, type ImageRepositoryArgs } from "../../components/image-repository.ts";
import type { PropertyValue } from "../../engine/values.ts";
import { previewParity, runInEngine, value } from "../support/engine.ts";

const args: ImageRepositoryArgs = {
  repositoryName: "pytorch/ci-image",
  pull: { partition: "aws", accountIds: ["308535385114", "391835788720"] },
};
const [repository, lifecycle, policy] = [
  "aws:ecr/repository:Repository",
  "aws:ecr/lifecyclePolicy:LifecyclePolicy",
  "aws:ecr/repositoryPolicy:RepositoryPolicy",
];

function golden(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../golden/${name}.json`, import.meta.url), "utf8"));
}

function json(text: PropertyValue | undefined): unknown {
  assert.equal(typeof text, "string");
  return JSON.parse(text as string);
}

describe("ImageRepository", () => {
  it("is a repository with a lifecycle and a policy, the same in a preview", async () => {
    const run = await previewParity(() => new ImageRepository("ci-image", args));
    assert.deepEqual(run.list(), [
      "aws:ecr/lifecyclePolicy:LifecyclePolicy ci-image-lifecycle < ci-image",
      "aws:ecr/repository:Repository ci-image-repository < ci-image",
      "aws:ecr/repositoryPolicy:RepositoryPolicy ci-image-policy < ci-image",
      "slipway:index:ImageRepository ci-image",
    ]);
  });

  it("is immutable, scanned, encrypted and not deleted by force", async () => {
    const run = await runInEngine(() => new ImageRepository("ci-image", args));
    assert.deepEqual(run.resource(repository).inputs, {
      name: "pytorch/ci-image",
      imageTagMutability: "IMMUTABLE",
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfigurations: [{ encryptionType: "AES256" }],
      forceDelete: false,
    });
  });

  it("has the golden documents for policies, on the repository's own name", async () => {
    const run = await runInEngine(() => new ImageRepository("ci-image", args));
    for (const [type, document] of [
      [lifecycle, "lifecycle-policy"],
      [policy, "repository-policy"],
    ] as const) {
      const { inputs, options } = run.resource(type);
      assert.equal(inputs["repository"], "pytorch/ci-image");
      assert.deepEqual(json(inputs["policy"]), golden(document));
      assert.deepEqual(options.dependencies, ["ci-image-repository"]);
    }
  });

  it("lets names move, and is not scanned, where it keeps build caches", async () => {
    const run = await runInEngine(
      () =>
        new ImageRepository("ci-image-cache", {
          ...args,
          repositoryName: "pytorch/ci-image-cache",
          mutable: true,
          lifecycle: FORGET_UNNAMED_CACHE,
        }),
    );
    const { inputs } = run.resource(repository);
    assert.equal(inputs["imageTagMutability"], "MUTABLE");
    assert.deepEqual(inputs["imageScanningConfiguration"], { scanOnPush: false });
    const { rules } = json(run.resource(lifecycle).inputs["policy"]) as { rules: object[] };
    assert.equal(rules.length, 1);
    assert.match(JSON.stringify(rules), /"untagged".*"countNumber":1[,}]/);
  });

  it("takes a lifecycle of its own", async () => {
    const run = await runInEngine(
      () =>
        new ImageRepository("ci-image", {
          ...args,
          lifecycle: [{ description: "few", any: true, moreThan: 10 }],
        }),
    );
    assert.deepEqual(json(run.resource(lifecycle).inputs["policy"]), {
      rules: [
        {
          rulePriority: 1,
          description: "few",
          selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 10 },
          action: { type: "expire" },
        },
      ],
    });
  });

  it("has no lifecycle where everything is kept", async () => {
    const run = await runInEngine(
      () => new ImageRepository("ci-image", { ...args, lifecycle: false }),
    );
    assert.ok(!run.resources.some(({ type }) => type === lifecycle));
  });

  it("replaces policies by deleting the old one first, even where the repository is protected", async () => {
    const run = await runInEngine(() => new ImageRepository("ci-image", args, { protect: true }));
    assert.equal(run.resource(repository).options.protect, true);
    for (const type of [lifecycle, policy]) {
      const { options } = run.resource(type);
      assert.equal(options.deleteBeforeReplace, true);
      assert.equal(options.protect, false);
    }
  });

  it("hands its provider on to all it holds", async () => {
    const run = await runInEngine(() => {
      const provider = new AwsProvider("aws", { region: "us-east-1" });
      return new ImageRepository("ci-image", args, { provider });
    });
    for (const type of [repository, lifecycle, policy]) {
      assert.equal(run.resource(type).options.provider, "aws", type);
    }
  });

  it("passes tags and forced deletion on to the repository", async () => {
    const run = await runInEngine(
      () => new ImageRepository("ci-image", { ...args, forceDelete: true, tags: { a: "b" } }),
    );
    const { inputs } = run.resource(repository);
    assert.deepEqual([inputs["forceDelete"], inputs["tags"]], [true, { a: "b" }]);
  });

  it("registers its outputs once", async () => {
    const run = await runInEngine(() => new ImageRepository("ci-image", args));
    const { registeredOutputs } = run.resource("slipway:index:ImageRepository");
    const arn = "arn:aws:ecr:us-east-1:308535385114:repository/pytorch/ci-image";
    assert.deepEqual(registeredOutputs, [{ repositoryArn: arn }]);
    assert.equal(await value(run.result.repositoryArn), arn);
  });

  it("stands beside another of its kind", async () => {
    const run = await runInEngine(() => [
      new ImageRepository("one", args),
      new ImageRepository("two", { ...args, repositoryName: "pytorch/two" }),
    ]);
    assert.equal(run.resources.length, 8);
  });

  it("refuses names that ECR would refuse", async () => {
    const make = (repositoryName: string) =>
      runInEngine(() => new ImageRepository("bad", { ...args, repositoryName }));
    await assert.rejects(make("ROCm/TheRock"), {
      name: "UserError",
      message: '"ROCm/TheRock" has capital letters, which ECR does not take; write "rocm/therock"',
    });
    await assert.rejects(make("a"), {
      message: '"a" has 1 characters; a repository\'s name on ECR has 2 to 256',
    });
    await assert.rejects(make("pytorch//ci image"), {
      message:
        '"pytorch//ci image" is not a repository\'s name on ECR: lower-case letters and digits, joined by one ".", "_", "-" or "/"',
    });
  });
});
