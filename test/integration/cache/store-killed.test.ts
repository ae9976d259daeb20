import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { CACHE_STEPS, type CacheStep } from "../../../cli/cache/store/steps.ts";
import { Store } from "../../../cli/cache/store/store.ts";
import { UserError } from "../../../rules/problems.ts";
import * as sample from "../../cli/cache/store/support/killed-images.ts";
import type { KilledRun } from "../../cli/cache/store/support/killed-process.ts";
import {
  inTemporaryFolder,
  temporaryFolder,
} from "../../cli/cache/store/support/temporary-folder.ts";
import { leftovers, name, readWhole } from "../../cli/cache/store/support/whole-store.ts";

const SCRIPT = join(import.meta.dirname, "../../cli/cache/store/support/killed-process.ts");

/** Steps of commands that change files by themselves. */
const OF_COMMANDS = /^(?:blob-delet|partial-delet|archive-)/;
/** Steps before which there is no store, and the moments within them that are looked at. */
const OF_MAKING: readonly (readonly [step: CacheStep, times: number])[] = [
  ["folder-making", 1],
  ["folder-made", 1],
  ["folder-made", 5],
  ["link-making", 1],
  ["layout-moving", 1],
  ["former-moving", 1],
  ["former-moved", 1],
  ["marker-writing", 1],
  ["marker-written", 1],
  ["marker-moving", 1],
  ["marker-moved", 1],
];
/** Steps of a store that is there: each once, and those that move indexes at every of their moments. */
const OF_CHANGES = CACHE_STEPS.filter(
  (step) => !OF_COMMANDS.test(step) && !step.startsWith("marker-"),
).flatMap((step) =>
  /^(?:former|index)-mov/.test(step)
    ? [1, 2, 3, 4].map((times) => [step, times] as const)
    : [[step, 1] as const],
);

/** Node's cache of what it compiled: most of such a short process is its start. */
let compiled = "";

async function killed(run: KilledRun): Promise<void> {
  const { signal, stderr } = await execa(process.execPath, [SCRIPT, JSON.stringify(run)], {
    reject: false,
    env: { NODE_COMPILE_CACHE: compiled },
  });
  assert.equal(signal, "SIGKILL", `${run.step} was not come by: ${stderr}`);
}

/** Does all that the killed process wanted to do. */
async function heal(folder: string): Promise<void> {
  await sample.changeEverything(await Store.create(folder));
  const store = await Store.open(folder);
  assert.deepEqual(await store.channels(), ["main"]);
  assert.deepEqual((await store.images("main")).map(name), [name(sample.after.image)]);
  const former = (await store.former()).map(name);
  assert.deepEqual(
    former.toSorted(),
    [name(sample.before.image), name(sample.line.image)].toSorted(),
  );
  await readWhole(store);
  assert.deepEqual(await leftovers(folder), []);
}

describe("a writer that is killed", () => {
  before(async () => {
    compiled = await temporaryFolder();
  });
  after(async () => {
    await rm(compiled, { recursive: true });
  });

  for (const [step, times] of OF_CHANGES) {
    it(`at ${step} (${times}) leaves the image before or the one after, and the next writer heals the store`, async () => {
      await inTemporaryFolder(async (parent) => {
        const folder = join(parent, "store");
        await sample.begin(await Store.create(folder));
        await killed({ folder, step, times });
        const reader = await Store.open(folder);
        const main = (await reader.images("main")).map(name);
        assert.equal(main.length, 1);
        assert.ok([name(sample.before.image), name(sample.after.image)].includes(main[0] ?? ""));
        const seen = await readWhole(reader);
        assert.ok(seen.some((image) => image.endsWith(name(sample.before.image))));
        await heal(folder);
      });
    });
  }

  for (const [step, times] of OF_MAKING) {
    it(`at ${step} (${times}) of a new store leaves none, or one to go on with`, async () => {
      await inTemporaryFolder(async (parent) => {
        const folder = join(parent, "store");
        await killed({ folder, step, times });
        await Store.open(folder).then(readWhole, (error: unknown) => {
          assert.ok(error instanceof UserError);
        });
        await sample.begin(await Store.create(folder));
        await heal(folder);
      });
    });
  }
});
