import assert from "node:assert/strict";
import { otherBranchProblem, otherStackProblem } from "../../rules/channel-stack.ts";
import type { Scheme } from "../../rules/names.ts";
import { publication } from "../../rules/refs.ts";

const HOME = "pytorch/pytorch";

function problem(scheme: Scheme, ref: string, channel: string, event = "push") {
  const run = { event, ref, repository: HOME, headRepository: HOME };
  return otherStackProblem(ref, publication(scheme, run, HOME), { name: "mine", channel });
}

describe("what a stack may publish", () => {
  it("is its own channel, and that channel's release candidates", () => {
    assert.equal(problem("pytorch", "refs/heads/main", "main"), undefined);
    assert.equal(problem("therock", "refs/heads/main", "main"), undefined);
    assert.equal(problem("pytorch", "refs/heads/release/2.10", "release/2.10"), undefined);
    assert.equal(problem("pytorch", "refs/tags/v2.10.0-rc1", "release/2.10"), undefined);
  });

  it("is no other channel's branch or candidate, whose stack is named", () => {
    for (const [ref, channel] of [
      ["refs/heads/release/2.10", "main"],
      ["refs/tags/v2.10.0-rc1", "main"],
      ["refs/tags/v2.10.0-rc1", "release/2.1"],
    ] as const) {
      assert.equal(
        problem("pytorch", ref, channel),
        `${ref} is of channel release/2.10, but stack mine publishes channel ${channel}, and no channel touches another's names: ` +
          "name the stack whose slipway:channel is release/2.10, e.g. --stack release-2.10",
      );
    }
    assert.match(
      problem("therock", "refs/heads/main", "release/2.10") ?? "",
      /of channel main.*--stack main$/,
    );
  });

  it("is any ref that has no stack, and nothing is said of what does not publish", () => {
    assert.equal(problem("therock", "refs/heads/stage/docker/x", "main"), undefined);
    assert.equal(
      problem("therock", "refs/heads/release/2.10", "main", "workflow_dispatch"),
      undefined,
    );
    assert.equal(problem("pytorch", "refs/heads/release-foo", "main"), undefined);
  });

  it("is applied by a workflow run of its channel's branch alone", () => {
    const stack = { name: "mine", channel: "release/2.10" };
    assert.equal(otherBranchProblem("refs/heads/release/2.10", stack), undefined);
    for (const ref of [
      "refs/heads/main",
      "refs/tags/release/2.10",
      "refs/pull/1/merge",
      undefined,
    ]) {
      assert.match(
        otherBranchProblem(ref, stack) ?? "",
        /^this workflow runs for .*, and stack mine is that of refs\/heads\/release\/2\.10: only a run of that branch applies it$/,
      );
    }
  });
});
