import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { Store } from "../../../../cli/cache/store/store.ts";
import type { Lease } from "../../../../cli/cache/store/lease.ts";
import { putSample, sampleImage, type SampleImage } from "./support/sample-image.ts";
import { inTemporaryFolder } from "./support/temporary-folder.ts";
import { leftovers, name, readWhole } from "./support/whole-store.ts";

const CHANNELS = ["main", "release/2.9", "release/2.10"];
const LABELS = ["ci-image/a", "ci-image/b"];
const VERSIONS = ["1", "2", "3"];

const place = fc.record({
  channel: fc.constantFrom(...CHANNELS),
  label: fc.constantFrom(...LABELS),
  version: fc.constantFrom(...VERSIONS),
});
type Place = typeof place extends fc.Arbitrary<infer T> ? T : never;
const command = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("put" as const), place }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("remove" as const), place }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove all" as const), place }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("forget" as const), place }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("lease" as const), place }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("release" as const), place }) },
);
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

function sample({ channel, label, version }: Place): SampleImage {
  return sampleImage({ channel, label, layers: ["shared", `${label} ${version}`] });
}

/** What a store is to have: of each channel its images, the former ones, and which are leased. */
class Model {
  readonly channels = new Map<string, Map<string, string>>();
  readonly former = new Set<string>();
  readonly leased = new Map<string, Lease[]>();

  put({ channel, label }: Place, image: string): void {
    const images = this.channels.get(channel) ?? new Map<string, string>();
    const replaced = images.get(label);
    this.channels.set(channel, images.set(label, image));
    if (replaced !== undefined) this.former.add(replaced);
    this.#clean();
  }

  remove(channel: string, labels: readonly string[]): readonly string[] {
    const images = this.channels.get(channel) ?? new Map<string, string>();
    const gone = labels.flatMap((label) => images.get(label) ?? []);
    for (const label of labels) images.delete(label);
    if (images.size === 0) this.channels.delete(channel);
    for (const image of gone) this.former.add(image);
    this.#clean();
    return gone;
  }

  has(image: string): boolean {
    return this.former.has(image) || this.isInChannel(image);
  }

  isInChannel(image: string): boolean {
    return [...this.channels.values()].some((images) => [...images.values()].includes(image));
  }

  #clean(): void {
    for (const image of [...this.former]) if (this.isInChannel(image)) this.former.delete(image);
  }
}

async function run(store: Store, reader: Store, model: Model, { kind, place: at }: Command) {
  const wanted = sample(at);
  const image = name(wanted.image);
  switch (kind) {
    case "put":
      await putSample(store, wanted);
      model.put(at, image);
      return undefined;
    case "remove":
    case "remove all": {
      const labels = kind === "remove" ? [at.label] : undefined;
      const gone = await store.remove(at.channel, labels);
      assert.deepEqual(gone.map(name), model.remove(at.channel, labels ?? LABELS));
      return undefined;
    }
    case "forget": {
      const isLeased = (model.leased.get(image) ?? []).length > 0;
      const forgotten = await store.collecting(() => store.forget(wanted.image));
      assert.equal(forgotten, !isLeased);
      if (forgotten) model.former.delete(image);
      return undefined;
    }
    case "lease": {
      const lease = await reader.lease(wanted.image);
      assert.equal(lease !== undefined, model.has(image));
      if (lease !== undefined) model.leased.set(image, [...(model.leased.get(image) ?? []), lease]);
      return undefined;
    }
    case "release":
      return model.leased.get(image)?.pop()?.release();
  }
}

async function assertIsAs(reader: Store, model: Model): Promise<void> {
  const channels = CHANNELS.filter((channel) => model.channels.has(channel));
  assert.deepEqual(await reader.channels(), channels);
  for (const channel of channels) {
    const images = (await reader.images(channel)).map(name);
    assert.deepEqual(images, [...(model.channels.get(channel)?.values() ?? [])].toSorted());
  }
  assert.deepEqual((await reader.former()).map(name), [...model.former].toSorted());
  for (const [image, leases] of model.leased) assert.ok(leases.length === 0 || model.has(image));
}

describe("a store under any sequence of changes", () => {
  it("has what its model has after each of them", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 25 }), async (commands) => {
        await inTemporaryFolder(async (parent) => {
          const folder = join(parent, "store");
          const store = await Store.create(folder);
          const reader = await Store.open(folder);
          const model = new Model();
          try {
            for (const next of commands) {
              await run(store, reader, model, next);
              await assertIsAs(reader, model);
            }
          } finally {
            for (const lease of [...model.leased.values()].flat()) await lease.release();
          }
          await readWhole(reader);
          assert.deepEqual(await leftovers(folder), []);
        });
      }),
      { numRuns: 25 },
    );
  });

  it("has of each channel what its last writer put, when writers of all are at work at once and a collection", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(place, { maxLength: 12 }), async (places) => {
        await inTemporaryFolder(async (parent) => {
          const folder = join(parent, "store");
          await Store.create(folder);
          const last = new Map<string, Map<string, string>>();
          const writers = CHANNELS.map(async (channel) => {
            const writer = await Store.create(folder);
            const images = new Map<string, string>();
            for (const at of places.filter((other) => other.channel === channel)) {
              images.set(at.label, name(await putSample(writer, sample(at))));
            }
            if (images.size > 0) last.set(channel, images);
          });
          const collector = await Store.create(folder);
          const collection = collector.collecting(async () => {
            for (const image of await collector.former()) await collector.forget(image);
          });
          await Promise.all([...writers, collection]);
          const reader = await Store.open(folder);
          for (const channel of CHANNELS) {
            const images = (await reader.images(channel)).map(name);
            assert.deepEqual(images, [...(last.get(channel)?.values() ?? [])].toSorted());
          }
          const kept = [...last.values()].flatMap((images) => [...images.values()]);
          assert.ok((await reader.former()).every((image) => !kept.includes(name(image))));
          await readWhole(reader);
        });
      }),
      { numRuns: 5 },
    );
  });
});
