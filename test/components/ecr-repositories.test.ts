// Does not prove that ECR takes them; test/integration/stack does, of the local one.
import assert from "node:assert/strict";
import { EcrRepositories } from "../../components/ecr-repositories.ts";
import { runInEngine } from "../support/engine.ts";

function repositories(protect: boolean) {
  return runInEngine(
    () =>
      new EcrRepositories(
        "ecr",
        {
          paths: new Map([["ci-image", "pytorch/ci-image"]]),
          account: { accountId: "308535385114", region: "us-gov-west-1" },
          pullAccounts: ["391835788720", "308535385114"],
          forceDelete: false,
        },
        { protect },
      ),
    { preview: true },
  );
}

describe("the repositories of a stack on ECR", () => {
  it("are three of each family: immutable for its images and for candidates, with names that move for its cache", async () => {
    const all = await repositories(true);
    const ofType = all.resources.filter(({ type }) => type === "aws:ecr/repository:Repository");
    assert.deepEqual(
      ofType.map(({ inputs }) => [
        inputs["name"],
        inputs["imageTagMutability"],
        inputs["forceDelete"],
      ]),
      [
        ["pytorch/ci-image", "IMMUTABLE", false],
        ["pytorch/ci-image-candidate", "IMMUTABLE", false],
        ["pytorch/ci-image-cache", "MUTABLE", true],
      ],
    );
    assert.deepEqual([...all.result.images.keys()], ["ci-image"]);
  });

  it("are protected where they hold what would be lost", async () => {
    const all = await repositories(true);
    const protectionOf = (name: string) =>
      all.resource("aws:ecr/repository:Repository", name).options.protect;
    assert.equal(protectionOf("ci-image-repository"), true);
    assert.equal(protectionOf("ci-image-candidate-repository"), true);
    assert.notEqual(protectionOf("ci-image-cache-repository"), true);
  });

  it("open images and candidates to other accounts, each once, and caches to their own alone", async () => {
    const all = await repositories(false);
    const openTo = (name: string) => {
      const { inputs } = all.resource("aws:ecr/repositoryPolicy:RepositoryPolicy", name);
      return (inputs["policy"] as string).match(/arn:[^"]+:root/g);
    };
    const root = (id: string) => `arn:aws-us-gov:iam::${id}:root`;
    for (const name of ["ci-image-policy", "ci-image-candidate-policy"]) {
      assert.deepEqual(openTo(name), [root("308535385114"), root("391835788720")]);
    }
    assert.deepEqual(openTo("ci-image-cache-policy"), [root("308535385114")]);
  });

  it("forget candidates without a name after thirty days, and none that is pinned", async () => {
    const { inputs } = (await repositories(false)).resource(
      "aws:ecr/lifecyclePolicy:LifecyclePolicy",
      "ci-image-candidate-lifecycle",
    );
    const { rules } = JSON.parse(inputs["policy"] as string) as {
      readonly rules: readonly { readonly selection: Readonly<Record<string, unknown>> }[];
    };
    assert.deepEqual(
      rules.map(({ selection }) => [
        selection["tagPatternList"] ?? selection["tagStatus"],
        selection["countNumber"],
      ]),
      [
        [["pin-*"], 36_500],
        ["untagged", 30],
      ],
    );
  });
});
