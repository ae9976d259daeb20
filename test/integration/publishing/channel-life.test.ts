import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Contents, Life } from "./support/life.ts";

/** Part of the line of cuda12.8. */
const CUDNN = "CUDNN_VERSION: 9.8.0.87";

/** Of one family, by accelerator. */
function ofFamily(contents: Contents, family: string): Contents {
  const own = [...contents].filter(([image]) => image.startsWith(`${family}/`));
  return new Map(own.map(([image, digest]) => [image.slice(family.length + 1), digest]));
}

describe("the life of a channel", function () {
  this.timeout(15 * 60_000);
  let life: Life;
  /** What the release line's names stand for, by accelerator. */
  let release: ReadonlyMap<string, string>;
  before(async () => {
    life = await Life.begin();
  });
  after(() => life.project.remove());
  afterEach(async function () {
    if (this.currentTest?.state === "passed") await life.assertSound();
  });

  it("publishes main and records its commit", async () => {
    await life.commit("Begin");
    await life.up("local");
    await life.record("local");
    life.expectMain(await life.contents());
  });

  it("cuts a release line with the same keys without building anything anew", async () => {
    const main = await life.contents();
    await life.git("branch", "release/2.10");
    await life.on("release/2.10", async () => {
      await life.slipway("channel", "create", "release/2.10", "--from", "local");
      await life.commit("Cut release 2.10");
      await life.up("release-2.10");
      await life.record("release-2.10");
      await life.assertUnchanged("release-2.10");
    });
    release = await life.releaseNames("2.10");
    assert.deepEqual(release, ofFamily(main, "almalinux-builder"));
  });

  it("records a release candidate and moves no floating name", async () => {
    await life.on("release/2.10", () =>
      life.record("release-2.10", "--event", "push", "--ref", "refs/tags/v2.10.0-rc1"),
    );
    assert.deepEqual(await life.releaseNames("v2.10.0-rc1"), release);
    assert.deepEqual(await life.releaseNames("2.10"), release);
  });

  it("gives a reverted source its first content back, though the build cache is empty", async () => {
    const first = await life.contents();
    await life.edit((text) => text.replace(CUDNN, "CUDNN_VERSION: 9.9.0.1"));
    await life.commit("Try another cuDNN");
    await life.up("local");
    await life.record("local");
    const second = await life.contents();
    assert.notEqual(
      second.get("almalinux-builder/cuda12.8"),
      first.get("almalinux-builder/cuda12.8"),
    );
    life.expectMain(second);
    await life.assertSound();

    await life.git("revert", "--no-edit", "HEAD");
    await life.pruneBuildCache();
    await life.up("local");
    await life.record("local");
    assert.deepEqual(await life.contents(), first);
    life.expectMain(first);
  });

  it("finds everything again when the state of the release stack is lost", async () => {
    await rm(join(life.project.home, "state/release-2.10.json"));
    await life.on("release/2.10", async () => {
      await life.up("release-2.10");
      await life.assertUnchanged("release-2.10");
    });
    assert.deepEqual(await life.releaseNames("2.10"), release);
  });

  it("does nothing in a late run for an older commit", async () => {
    await life.git("checkout", "-q", "HEAD~1");
    const up = await life.slipway("up", "--stack", "local", "--engine", "embedded");
    assert.match(up, /older than|ancestor/);
    const record = await life.slipway("record", "--stack", "local");
    assert.match(record, /older than|ancestor/);
    await life.git("checkout", "-q", "main");
  });
});
