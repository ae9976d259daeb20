/* The tag of a channel's list, on a registry of its own. */
import assert from "node:assert/strict";
import { ImageListTag, type ListOwner } from "../../../cli/publishing/image-list-tag.ts";
import { Registries } from "../../../oci/registries.ts";
import { UserError } from "../../../rules/problems.ts";
import { startRegistry, type TestRegistry } from "../../support/registry.ts";

const CORE: ListOwner = { repository: "pytorch/pytorch", channel: "main" };

describe("the tag of a channel's list of images", function () {
  this.timeout(60_000);
  let registry: TestRegistry;
  before(async () => {
    registry = await startRegistry();
    const list = { ref: "refs/heads/main", commit: "1".repeat(40), families: {} };
    await tag().write({ version: 1, ...CORE, ...list });
  });
  after(() => registry.stop());

  const tag = (owner?: ListOwner) =>
    new ImageListTag(
      `${registry.host}/pytorch/slipway-images`,
      "main",
      new Registries(),
      registry.credentials,
      owner,
    );

  it("is read by the channel's own stack, in whatever case its repository is written", async () => {
    for (const repository of ["pytorch/pytorch", "PyTorch/PyTorch"]) {
      assert.equal((await tag({ ...CORE, repository }).read())?.commit, "1".repeat(40));
    }
    assert.equal((await tag().read())?.channel, "main", "by who looks at all channels' lists");
  });

  it("is refused to another repository of the owner and to another channel, with both and what to do", async () => {
    for (const owner of [
      { ...CORE, repository: "pytorch/vision" },
      { ...CORE, channel: "release/2.10" },
    ]) {
      await assert.rejects(tag(owner).read(), (error: unknown) => {
        assert.ok(error instanceof UserError);
        assert.ok(
          error.message.startsWith(
            `${tag().name} is the list of pytorch/pytorch, channel main, and not that of ${owner.repository}, channel ${owner.channel}: `,
          ),
          error.message,
        );
        assert.match(error.message, /another slipway:owner; .*delete that tag on the registry/);
        return true;
      });
    }
  });
});
