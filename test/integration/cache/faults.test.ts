import assert from "node:assert/strict";
import { skipBecause } from "../../support/skip.ts";
import { fileSystemTrials, fullDiskTrials, damageTrials } from "./support/disk-rows.ts";
import type { FaultTrial } from "./support/fault-row.ts";
import { HOSTILE_IMAGES, HOSTILE_LISTS, HostileBench } from "./support/hostile-rows.ts";
import { writersTrial } from "./support/load-rows.ts";
import { REGISTRY_FAULTS, registryTrial } from "./support/registry-rows.ts";

/* A selection of what print-faults.ts prints; kills are in faults-kill.test.ts. */

const fileSystems = [
  ...(await fullDiskTrials([4096])).slice(0, 2),
  ...(await fileSystemTrials()).slice(0, 1),
];

/** Registers a trial as a test; one that this machine cannot try says why, and in CI fails. */
function tries(title: string, trial: FaultTrial): void {
  it(title, async function () {
    this.timeout(60_000);
    if (trial.skip !== undefined) skipBecause(this, trial.skip);
    await trial.run();
  });
}

describe("a store under faults", () => {
  describe("of registries", () => {
    for (const [name, faulty] of [
      ["401, tokens expire in the middle", "both"],
      ["reset in the layer, three times", "both"],
      ["a bit of a blob flipped", "first"],
      ["blobs swapped", "both"],
      ["403 to blobs", "first"],
      ["404 to blobs", "first"],
      ["429 with Retry-After, twice", "both"],
      ["500, once", "both"],
    ] as const) {
      const fault = REGISTRY_FAULTS.find((one) => one.name === name) ?? assert.fail(name);
      const trial = registryTrial(fault, faulty);
      tries(`keeps the old image or has the new one, whole: ${trial.name}`, trial);
    }
  });

  describe("of others who write at once", () => {
    tries("gives each channel its images, and fetches each blob once", writersTrial());
  });

  describe("of those who give images", () => {
    let hostile: HostileBench;
    before(async () => (hostile = await HostileBench.start()));
    after(() => hostile.stop());

    for (const name of [
      "a layer said to be smaller than it is",
      "a layer said to be of 2^60 bytes",
      "a layer to be had from elsewhere",
      "an index whose other platform is a layer of the image",
      "an index 100 levels deep",
    ]) {
      const image = HOSTILE_IMAGES.find((one) => one.name === name) ?? assert.fail(name);
      it(`keeps the image that it has, and gets the other: ${name}`, async () => {
        await hostile.image(image);
      }).timeout(60_000);
    }
    for (const name of ["an accelerator ../../x", "another registry"]) {
      const list = HOSTILE_LISTS.find((one) => one.name === name) ?? assert.fail(name);
      it(`refuses a list and asks no registry: ${name}`, async () => {
        await hostile.list(list);
      }).timeout(60_000);
    }
  });
});

describe("a store on disks with faults", () => {
  const damages = damageTrials();
  for (const name of ["a blob on the disk with a bit flipped", "a blob on the disk truncated"]) {
    const trial = damages.find((one) => one.name === name) ?? assert.fail(name);
    tries(`gives no archive, is found out and healed: ${trial.name}`, trial);
  }
});

describe("a store on a file system of its own", () => {
  for (const trial of fileSystems) tries(`keeps its images whole: ${trial.name}`, trial);
});
