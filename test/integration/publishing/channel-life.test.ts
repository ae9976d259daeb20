import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Life } from "./support/life.ts";

/** Part of the line of cuda12.8. */
const CUDNN = "CUDNN_VERSION: 9.8.0.87";

describe("the life of a channel", function () {
  this.timeout(15 * 60_000);
  let life: Life;
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
    await life.git("checkout", "-q", "-b", "release/2.10");
    await life.slipway("channel", "create", "release/2.10", "--from", "local");
    await life.commit("Cut release 2.10");
    await life.up("release-2.10");
    await life.record("release-2.10");
    const names = [...main].filter(([image]) => image.startsWith("almalinux-builder/"));
    for (const [image, digest] of names) {
      const accelerator = image.slice("almalinux-builder/".length);
      const name = `almalinux-builder:${accelerator}-2.10`;
      assert.equal(await life.digest("docker.io", name), digest, name);
    }
    await life.git("checkout", "-q", "main");
  });

  it("records a release candidate and moves no floating name", async () => {
    const before = await life.digest("docker.io", "almalinux-builder:cuda12.8-2.10");
    const tag = "refs/tags/v2.10.0-rc1";
    await life.git("checkout", "-q", "release/2.10");
    await life.record("release-2.10", "--event", "push", "--ref", tag);
    const name = "almalinux-builder:cuda12.8-v2.10.0-rc1";
    assert.equal(await life.digest("docker.io", name), before);
    assert.equal(await life.digest("docker.io", "almalinux-builder:cuda12.8-2.10"), before);
    await life.git("checkout", "-q", "main");
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
    await life.git("checkout", "-q", "release/2.10");
    const before = await life.digest("docker.io", "almalinux-builder:cuda12.8-2.10");
    await rm(join(life.project.home, "state/release-2.10.json"));
    await life.up("release-2.10");
    assert.equal(await life.digest("docker.io", "almalinux-builder:cuda12.8-2.10"), before);
    await life.git("checkout", "-q", "main");
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
