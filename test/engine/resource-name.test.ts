import assert from "node:assert/strict";
import { resourceText, shortType } from "../../engine/resource-name.ts";

describe("the name of a resource", () => {
  it("has its type as people call it", () => {
    assert.equal(shortType("aws:ecr/repository:Repository"), "aws.ecr.Repository");
    assert.equal(shortType("slipway:index:ImageName"), "slipway.ImageName");
    assert.equal(
      shortType("github:index/actionsVariable:ActionsVariable"),
      "github.ActionsVariable",
    );
  });

  it("has neither stack nor parents, and all of a name with colons", () => {
    const urn = (type: string, name: string): string =>
      `urn:pulumi:local::slipway::${type}::${name}`;
    assert.equal(
      resourceText(
        urn("slipway:index:DeploymentEnvironment$slipway:index:GithubEnvironment", "docker-build"),
      ),
      "docker-build (slipway.GithubEnvironment)",
    );
    assert.equal(
      resourceText(urn("aws:ecr/repository:Repository", "a::b")),
      "a::b (aws.ecr.Repository)",
    );
  });
});
