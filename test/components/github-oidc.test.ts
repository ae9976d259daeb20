// Does not prove that AWS accepts GitHub's tokens.
import assert from "node:assert/strict";
import { Provider as AwsProvider } from "@pulumi/aws/provider.js";
import { GithubOidc } from "../../components/github-oidc.ts";
import { previewParity, runInEngine, value } from "../support/engine.ts";

const provider = "aws:iam/openIdConnectProvider:OpenIdConnectProvider";
const arn = "arn:aws:iam::308535385114:oidc-provider/token.actions.githubusercontent.com";

describe("GithubOidc", () => {
  it("creates the provider, the same in a preview", async () => {
    const run = await previewParity(() => new GithubOidc("github"));
    assert.deepEqual(run.list(), [
      "aws:iam/openIdConnectProvider:OpenIdConnectProvider github-provider < github",
      "slipway:index:GithubOidc github",
    ]);
    assert.equal(await value(run.result.arn), arn);
  });

  it("names GitHub's issuer and AWS's audience, and no thumbprint", async () => {
    const run = await runInEngine(() => new GithubOidc("github", { tags: { a: "b" } }));
    assert.deepEqual(run.resource(provider).inputs, {
      url: "https://token.actions.githubusercontent.com",
      clientIdLists: ["sts.amazonaws.com"],
      tags: { a: "b" },
    });
  });

  it("registers its outputs once", async () => {
    const run = await runInEngine(() => new GithubOidc("github"));
    assert.deepEqual(run.resource("slipway:index:GithubOidc").registeredOutputs, [{ arn }]);
  });

  it("hands its provider and protection on to what it holds", async () => {
    const run = await runInEngine(() => {
      const aws = new AwsProvider("aws", { region: "us-east-1" });
      return new GithubOidc("github", {}, { provider: aws, protect: true });
    });
    const { options } = run.resource(provider);
    assert.deepEqual([options.protect, options.provider], [true, "aws"]);
  });

  it("stands beside another of its kind", async () => {
    const run = await runInEngine(() => [new GithubOidc("one"), new GithubOidc("two")]);
    assert.equal(run.resources.length, 4);
  });
});
