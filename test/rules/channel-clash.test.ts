import assert from "node:assert/strict";
import { channelClashes, publishingStack } from "../../rules/channel-clash.ts";

const main = {
  name: "main",
  owner: "pytorch",
  families: ["ci-image", "almalinux-builder"],
  channel: "main",
  local: false,
};

describe("two stacks", () => {
  it("clash where both publish a family in a channel of an owner", () => {
    const problems = channelClashes(main, [{ ...main, name: "b", owner: "PyTorch" }]);
    assert.deepEqual(
      problems.map(({ path }) => path),
      ["slipway:families", "slipway:families"],
    );
    assert.match(
      problems[0]!.message,
      /"ci-image" is published by stack b too \(Pulumi\.b\.yaml\)/,
    );
  });

  it("clash over the list of a channel's images where they have no family in common", () => {
    const problems = channelClashes(main, [{ ...main, name: "b", families: ["other"] }]);
    assert.deepEqual(problems, [
      {
        path: "slipway:channel",
        message:
          "main of pytorch is published by stack b too (Pulumi.b.yaml), and both would write one list of images (slipway-images); " +
          "put the families into one of them, or give this stack a channel of its own",
      },
    ]);
  });

  it("do not clash over channels, owners or clouds of their own, nor with themselves", () => {
    assert.deepEqual(
      channelClashes(main, [
        main,
        { ...main, name: "a", channel: "release/2.10" },
        { ...main, name: "b", owner: "ROCm" },
        { ...main, name: "d", local: true },
      ]),
      [],
    );
  });

  it("are known by their files, with or without the namespace, as far as these say anything", () => {
    const values = { owner: "pytorch", families: ["a", 1] };
    const namespaced = { "slipway:owner": "pytorch", "slipway:families": ["a"] };
    const expected = {
      name: "x",
      owner: "pytorch",
      families: ["a"],
      channel: "main",
      local: false,
    };
    assert.deepEqual(publishingStack("x", values), expected);
    assert.deepEqual(publishingStack("x", { ...namespaced, "slipway:local": true }), {
      ...expected,
      local: true,
    });
    assert.deepEqual(publishingStack("x", { ...values, families: '["a"]' }), expected);
    for (const config of [{}, { owner: 1, families: [] }, { owner: "o", families: "a" }]) {
      assert.equal(publishingStack("x", config), undefined);
    }
  });
});
