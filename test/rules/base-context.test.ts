import assert from "node:assert/strict";
import { baseContext } from "../../rules/base-context.ts";
import { builderAddresses, builderName } from "../../rules/builder-name.ts";
import { layoutContext, parseLayoutContext } from "../../rules/layout-context.ts";

const digest = `sha256:${"1".repeat(64)}`;

describe("the context of a base", () => {
  const image = "docker.io/library/ubuntu:24.04";

  it("is the base by digest, or the same digest on a mirror", () => {
    assert.equal(baseContext({ image, digest }), `docker-image://${image}@${digest}`);
    assert.equal(
      baseContext({ image, digest }, "ghcr.io/x/bases"),
      `docker-image://ghcr.io/x/bases@${digest}`,
    );
  });

  it("shows a base that nobody looked up, which no mirror has", () => {
    assert.equal(
      baseContext({ image, digest: "unresolved" }, "ghcr.io/x/bases"),
      `docker-image://${image}@unresolved`,
    );
  });
});

describe("the context of an image in a folder", () => {
  it("is read back, whatever the folder is called", () => {
    for (const folder of ["/a", "/a@b/c", "/with space"]) {
      assert.deepEqual(parseLayoutContext(layoutContext({ folder, digest })), { folder, digest });
    }
  });

  it("is nothing else", () => {
    for (const text of ["/a", `oci-layout://@${digest}`, "oci-layout:///a", "oci-layout:///a@x"]) {
      assert.equal(parseLayoutContext(text), undefined, text);
    }
  });
});

describe("a builder", () => {
  it("is called by its platform", () => {
    assert.equal(builderName("linux/arm64"), "slipway-arm64");
    assert.deepEqual(builderAddresses({ "linux/arm/v7": "tcp://a:1" }), {
      "slipway-arm-v7": "tcp://a:1",
    });
  });
});
