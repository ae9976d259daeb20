import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { ImageName, type ImageNameArgs } from "../../components/image-name.ts";
import { imageNameProblems } from "../../provider/image-name-inputs.ts";
import { previewParity, runInEngine, value } from "../support/engine.ts";

const digest = `sha256:${"1".repeat(64)}`;
const reference = `ghcr.io/pytorch/ci-image@${digest}`;
const type = "slipway:index:ImageName";

const args = (): ImageNameArgs => ({
  platforms: ["linux/amd64"],
  sources: { "linux/amd64": pulumi.output(reference) },
  contentName: "a-k1",
  aliases: ["a-t1"],
  registries: [{ repository: "ghcr.io/pytorch/ci-image", floatingNames: ["a", "a-main"] }],
  credentials: { "ghcr.io": { username: "user", password: "marker" } },
});
const computed = {
  [type]: () => ({
    digest,
    contentDigest: digest,
    references: { "ghcr.io/pytorch/ci-image": reference },
    names: { "ghcr.io/pytorch/ci-image:a": digest },
  }),
};

describe("the resource ImageName", () => {
  it("sends its inputs, which the provider finds right", async () => {
    const run = await runInEngine(() => new ImageName("image", args()), { computed });
    const { plain } = run.resource(type, "image");
    assert.deepEqual(plain, { ...args(), sources: { "linux/amd64": reference } });
    assert.deepEqual(imageNameProblems(plain), []);
  });

  it("sends a float where there is one", async () => {
    const run = await runInEngine(() => new ImageName("image", { ...args(), float: digest }), {
      computed,
    });
    const { plain } = run.resource(type, "image");
    assert.equal(plain["float"], digest);
    assert.deepEqual(imageNameProblems(plain), []);
  });

  it("sends credentials as a secret, and asks for them to be one in the state", async () => {
    const run = await runInEngine(() => new ImageName("image", args()), { computed });
    assert.deepEqual(run.clearSecrets("marker"), []);
    const { options } = run.resource(type, "image");
    assert.deepEqual(options.additionalSecretOutputs, ["credentials"]);
  });

  it("keeps the secret outputs and the options of its caller", async () => {
    const run = await runInEngine(
      () => new ImageName("image", args(), { protect: true, additionalSecretOutputs: ["names"] }),
      { computed },
    );
    const { options } = run.resource(type, "image");
    assert.equal(options.protect, true);
    assert.deepEqual(options.additionalSecretOutputs, ["names", "credentials"]);
  });

  it("has digests, references and names as outputs", async () => {
    const run = await runInEngine(() => new ImageName("image", args()), { computed });
    const { result } = run;
    assert.equal(await value(result.digest), digest);
    assert.equal(await value(result.contentDigest), digest);
    assert.deepEqual(await value(result.references), { "ghcr.io/pytorch/ci-image": reference });
    assert.deepEqual(await value(result.names), { "ghcr.io/pytorch/ci-image:a": digest });
  });

  it("is the same in a preview, where its outputs are unknown", async () => {
    await previewParity(() => new ImageName("image", args()), { computed });
    const run = await runInEngine(() => new ImageName("image", args()), { preview: true });
    await assert.rejects(value(run.result.digest));
  });
});
