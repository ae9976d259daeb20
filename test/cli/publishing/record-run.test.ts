import assert from "node:assert/strict";
import type { Family } from "../../../catalog.ts";
import {
  movesFloatingNames,
  publicationsOf,
  recordRun,
  type RunOptions,
} from "../../../cli/publishing/record-run.ts";
import { readConfiguration } from "../../../rules/configuration.ts";

const HEAD = "1".repeat(40);
const SHA = "2".repeat(40);
const ACTIONS = {
  GITHUB_ACTIONS: "true",
  GITHUB_EVENT_NAME: "workflow_dispatch",
  GITHUB_REF: "refs/heads/stage/docker/x",
  GITHUB_SHA: SHA,
  GITHUB_REPOSITORY: "fork/pytorch",
};

/** A stack with one family of each scheme. */
function stack(channel = "main") {
  const read = readConfiguration({
    "slipway:owner": "pytorch",
    "slipway:repository": "pytorch",
    "slipway:families": '["builder", "rock"]',
    "slipway:channel": channel,
  });
  assert.ok("configuration" in read);
  const families = [
    { name: "builder", scheme: "pytorch" },
    { name: "rock", scheme: "therock" },
  ] as Family[];
  return { name: "local", configuration: read.configuration, families };
}

const decide = (options: RunOptions, channel?: string) => {
  const run = recordRun({ commit: SHA, ...options }, stack(channel), undefined, {});
  return { run, published: publicationsOf(run, stack(channel)) };
};

describe("the run that is recorded", () => {
  it("is a push of the checked-out commit to the channel's branch where nothing says otherwise", () => {
    assert.deepEqual(recordRun({}, stack("release/2.10"), HEAD, { GITHUB_SHA: SHA }), {
      event: "push",
      ref: "refs/heads/release/2.10",
      commit: HEAD,
      repository: "pytorch/pytorch",
    });
  });

  it("is GitHub's in GitHub Actions", () => {
    assert.deepEqual(recordRun({}, stack(), HEAD, ACTIONS), {
      event: "workflow_dispatch",
      ref: "refs/heads/stage/docker/x",
      commit: SHA,
      repository: "fork/pytorch",
    });
  });

  it("is what the options say before all else", () => {
    const options = { event: "push", ref: "refs/heads/main", commit: "3".repeat(40) };
    const run = recordRun(options, stack(), HEAD, ACTIONS);
    assert.deepEqual(run, { ...options, repository: "fork/pytorch" });
  });

  it("is refused with all that is wrong with it at once", () => {
    const options = { event: "psh", ref: "main", commit: "abc" };
    assert.throws(
      () => recordRun(options, stack(), HEAD, {}),
      (error: Error) => {
        assert.match(error.message, /^the run: 3 problems\n/);
        assert.match(error.message, /--commit: "abc" is not a whole commit/);
        assert.match(error.message, /--event: "psh" is no event .*push/);
        assert.match(error.message, /--ref: "main" is not a ref in full/);
        return true;
      },
    );
    assert.throws(() => recordRun({}, stack(), undefined, {}), /--commit: missing/);
  });
});

describe("what a recorded run publishes", () => {
  it("is by scheme, without the schemes whose rule refuses it", () => {
    assert.deepEqual(
      [...decide({ ref: "refs/heads/main" }).published.keys()],
      ["pytorch", "therock"],
    );
    const candidate = decide({ ref: "refs/tags/v2.10.0-rc1" }, "release/2.10");
    assert.deepEqual([...candidate.published.keys()], ["pytorch"]);
    const staged = decide({ ref: "refs/heads/stage/docker/x" });
    assert.deepEqual([...staged.published.keys()], ["therock"]);
  });

  it("moves floating names by itself from a branch without a stack alone", () => {
    const moves = (ref: string, scheme: "pytorch" | "therock", channel?: string) => {
      const { run, published } = decide({ ref }, channel);
      return movesFloatingNames(run, published.get(scheme)!);
    };
    assert.equal(moves("refs/heads/main", "pytorch"), false);
    assert.equal(moves("refs/heads/release/2.10", "pytorch", "release/2.10"), false);
    assert.equal(moves("refs/tags/v2.10.0-rc1", "pytorch", "release/2.10"), false);
    assert.equal(moves("refs/heads/stage/docker/x", "therock"), true);
  });

  it("is nothing for a run that does not publish, with each scheme's reason", () => {
    assert.throws(
      () => decide({ event: "pull_request", ref: "refs/pull/1/merge" }),
      /publishes nothing.*scheme pytorch: .*scheme therock: /,
    );
    const run = recordRun({ ref: "refs/heads/main" }, stack(), HEAD, ACTIONS);
    assert.throws(() => publicationsOf(run, stack()), /fork\/pytorch"? is not pytorch\/pytorch/);
  });

  it("is never another stack's channel", () => {
    assert.throws(
      () => decide({ ref: "refs/heads/release/2.10" }),
      /is of channel release\/2\.10, but stack local publishes channel main/,
    );
    assert.throws(
      () => decide({ ref: "refs/tags/v2.10.0-rc1" }),
      /v2\.10\.0-rc1 is of channel release\/2\.10, but stack local .*--stack release-2\.10/,
    );
    assert.throws(
      () => decide({ ref: "refs/heads/main" }, "release/2.10"),
      /channel main, but stack/,
    );
  });
});
