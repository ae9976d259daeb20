/*
 * Every week main's workflow looks at what code has written, and proposes which digests are kept. Each test goes on where the one
 * before ended.
 */
import assert from "node:assert/strict";
import { readPinnedDigests } from "../../../rules/pins/pinned-digests.ts";
import { HostedChanges } from "./support/hosted-changes.ts";
import { ownStage } from "./support/own-stage.ts";
import { dispatchPayload, schedulePayload } from "./support/payloads.ts";
import { PinnedImage } from "./support/pinned-image.ts";
import { jobOf, logOf, printTrace, ran, succeeded, type WorkflowTrace } from "./support/trace.ts";

const FAMILY = "no_rocm_image_ubuntu24_04";
const FILE = "Pins.main.yaml";
const BRANCH = "slipway/protected-pins";
const WEEKLY = "17 6 * * 1";

describe("the weekly look at what is pinned", function () {
  this.timeout(10 * 60_000);
  const stage = ownStage([FAMILY]);
  let changes: HostedChanges;
  let digest: string;

  const weekly = async (): Promise<WorkflowTrace> => {
    const payload = schedulePayload(stage().project, WEEKLY, "pins.yml");
    return printTrace(await stage().run({ file: "pins.yml", event: "schedule", payload }));
  };

  it("proposes to keep what main pins, and says so no second time", async () => {
    changes = await HostedChanges.of(stage());
    const image = new PinnedImage(stage(), FAMILY);
    digest = (await stage().digest("ghcr.io", `${FAMILY}:main`)) ?? "";
    await stage().branch("main");
    await image.pin(image.repository, digest);
    await changes.push("main", "Use the image");
    const trace = succeeded(await weekly());
    assert.deepEqual(ran(trace), ["protect"]);
    const read = readPinnedDigests(await changes.file(`refs/heads/${BRANCH}`, FILE));
    assert.ok("pinned" in read, JSON.stringify(read));
    assert.deepEqual(
      read.pinned.pins.map((pin) => [pin.digest, pin.image, pin.users]),
      [[digest, FAMILY, ["pytorch/pytorch@main"]]],
    );
    const open = await changes.openFrom(BRANCH);
    assert.equal(open.length, 1);
    const again = succeeded(await weekly());
    assert.match(logOf(jobOf(again, "protect"), "Protect"), /proposed already/);
    assert.deepEqual(await changes.openFrom(BRANCH), open);
  });

  it("has nothing to propose once that is merged", async () => {
    const [number = 0] = await changes.openFrom(BRANCH);
    await changes.merge(number);
    const trace = succeeded(await weekly());
    const log = logOf(jobOf(trace, "protect"), "Protect");
    assert.match(log, /nothing to propose/);
    // What it wrote itself is no pin.
    assert.match(log, /pytorch\/pytorch@main: 2 pins/);
    assert.deepEqual(await changes.openFrom(BRANCH), []);
  });

  it("is nobody's to dispatch from another branch", async () => {
    await stage().branch("other");
    await changes.push("other", "Try");
    const payload = dispatchPayload(stage().project, "refs/heads/other", "pins.yml");
    const trace = await stage().run({ file: "pins.yml", event: "workflow_dispatch", payload });
    assert.deepEqual(ran(trace), []);
  });
});
