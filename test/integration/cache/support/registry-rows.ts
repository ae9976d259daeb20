/* Registries that fail or lie while a channel is refreshed. */
import assert from "node:assert/strict";
import type { Seen } from "../../oci/proxy.ts";
import type { Break, BreakingRegistry } from "./breaking-registry.ts";
import { CacheBench, digestsOf, type Images } from "./cache-bench.ts";
import { flippedContent } from "./content.ts";
import { type FaultRow, type FaultTrial, readersSaw, shortly } from "./fault-row.ts";
import type { SampleImage } from "./sample-images.ts";

interface RegistryFault {
  readonly name: string;
  /** Whether the runs give a stalled connection up after a minute: too long for a test. */
  readonly isSlow?: boolean;
  /** How often it strikes on each registry; always without it. */
  readonly times?: number;
  /** Whether one registry's answers are of use all the same. */
  readonly isHarmless?: boolean;
  /** Milliseconds for which the registry asks to be left alone each time that it strikes. */
  readonly pause?: number;
  readonly of: (asked: Asked) => Break | undefined;
}

interface Asked {
  readonly seen: Seen;
  readonly registry: BreakingRegistry;
  /** The image that is new. */
  readonly image: SampleImage;
}

const isBlob = ({ url }: Seen): boolean => url.includes("/blobs/");
const isManifest = ({ url }: Seen): boolean => url.includes("/manifests/");
/** The layer that is the new image's own. */
const isLayer = ({ seen, image }: Asked): boolean => seen.url.endsWith(largest(image).digest);
const largest = (image: SampleImage) => image.layers[1]!;
const contentOf = (image: SampleImage, layer: number) =>
  image.blobs.get(image.layers[layer]!.digest)!;
const json = (code: string): string => JSON.stringify({ errors: [{ code }] });

/** What a registry may do to a refresh. */
export const REGISTRY_FAULTS: readonly RegistryFault[] = [
  {
    name: "401, tokens expire in the middle",
    times: 2,
    of: ({ seen, registry }) => {
      if (isBlob(seen)) registry.expireTokens();
      return isBlob(seen)
        ? { status: 401, headers: { "www-authenticate": bearer(registry) } }
        : undefined;
    },
  },
  { name: "401 to all", of: () => ({ status: 401 }) },
  { name: "403 to blobs", of: ({ seen }) => (isBlob(seen) ? status(403, "DENIED") : undefined) },
  {
    name: "404 to the manifest",
    of: ({ seen }) => (isManifest(seen) ? status(404, "MANIFEST_UNKNOWN") : undefined),
  },
  {
    name: "404 to blobs",
    of: ({ seen }) => (isBlob(seen) ? status(404, "BLOB_UNKNOWN") : undefined),
  },
  {
    name: "429 with Retry-After, twice",
    times: 2,
    pause: 3000,
    of: () => ({ status: 429, headers: { "retry-after": "3" } }),
  },
  { name: "500, once", times: 1, of: ({ seen }) => (isBlob(seen) ? { status: 500 } : undefined) },
  { name: "500 to all", of: () => ({ status: 500 }) },
  { name: "reset, once", times: 1, of: ({ seen }) => (isBlob(seen) ? "reset" : undefined) },
  {
    name: "reset in the layer, three times",
    times: 3,
    of: (asked) => (isLayer(asked) ? { resetAfter: 300_000 } : undefined),
  },
  { name: "reset of all", of: () => "reset" },
  {
    name: "blob truncated",
    of: (asked) => (isLayer(asked) ? { shorter: 1000 } : undefined),
  },
  {
    name: "blobs swapped",
    of: ({ seen, image }) =>
      [1, 2].flatMap((layer): Break[] =>
        seen.url.endsWith(image.layers[layer]!.digest)
          ? [{ instead: contentOf(image, 3 - layer) }]
          : [],
      )[0],
  },
  {
    name: "a bit of a blob flipped",
    of: (asked) =>
      isLayer(asked) ? { instead: flippedContent(contentOf(asked.image, 1), 123_456) } : undefined,
  },
  {
    name: "a bit of the manifest flipped",
    of: ({ seen, image }) =>
      isManifest(seen) && seen.url.endsWith(image.manifest.digest)
        ? {
            instead: flippedContent(
              { size: image.manifestBytes.length, read: () => [image.manifestBytes] },
              200,
            ),
          }
        : undefined,
  },
  {
    name: "ranges ignored",
    isHarmless: true,
    of: ({ seen }) => (isBlob(seen) ? "whole" : undefined),
  },
  {
    name: "another range than asked for",
    of: (asked) => (isLayer(asked) ? { shiftedRange: 10 } : undefined),
  },
  {
    name: "stalled in the layer, once",
    isSlow: true,
    times: 1,
    of: (asked) => (isLayer(asked) ? { stallAfter: 300_000 } : undefined),
  },
  {
    name: "a byte of the layer a second, once",
    isSlow: true,
    times: 1,
    of: (asked) => (isLayer(asked) ? { trickle: 1000 } : undefined),
  },
];

/** The registries of a trial that have the fault. */
export type Faulty = "first" | "both";

/** A refresh from the old image to a new one while registries do this; each row has a store of its own. */
export function registryTrial(fault: RegistryFault, faulty: Faulty): FaultTrial {
  return {
    name: `${fault.name}, ${faulty === "first" ? "on the first registry" : "on both registries"}`,
    run: async () => {
      const bench = await CacheBench.start();
      try {
        return await refreshUnder(bench, fault, faulty);
      } finally {
        await bench.stop();
      }
    },
  };
}

async function refreshUnder(
  bench: CacheBench,
  fault: RegistryFault,
  faulty: Faulty,
): Promise<Omit<FaultRow, "name">> {
  await bench.publish("main", { a: await bench.newImage() });
  await bench.healthy(bench.refreshing("main"));
  await bench.read();
  const old = digestsOf(bench.published.get("main"));
  const image = await bench.newImage();
  const next: Images = { a: image };
  await bench.publish("main", next);
  let hits = 0;
  const pauses: number[] = [];
  for (const registry of faulty === "first" ? [bench.ecr] : bench.registries) {
    let struck = 0;
    let last: number | undefined;
    registry.breaks = (seen) => {
      const now = performance.now();
      if (last !== undefined) pauses.push(now - last);
      last = undefined;
      if (struck >= (fault.times ?? Number.POSITIVE_INFINITY)) return undefined;
      const broken = fault.of({ seen, registry, image });
      if (broken !== undefined) {
        struck += 1;
        last = now;
      }
      hits += broken === undefined ? 0 : 1;
      return broken;
    };
  }
  const ended = await bench.run(bench.refreshing("main"));
  assert.ok(hits > 0, "the fault never struck");
  if (fault.pause !== undefined) {
    const least = Math.min(...pauses);
    assert.ok(pauses.length > 0, "it was not asked again");
    // Timers may be early by a millisecond, on both sides.
    assert.ok(least >= fault.pause - 5, `it was asked again after ${least} ms`);
  }
  const isLasting = fault.times === undefined && fault.isHarmless !== true;
  if (!isLasting || faulty === "first") {
    assert.equal(ended.error, undefined, `one registry is whole: ${ended.error}`);
  } else assert.ok(ended.error !== undefined, "nothing was said");
  const { digests, rounds } = await bench.seen();
  const readers = readersSaw(digests, old, digestsOf(next));
  const now = (await bench.seen()).digests;
  assert.deepEqual(now, ended.error === undefined ? digestsOf(next) : old);

  for (const registry of bench.registries) registry.reset();
  await bench.healthy(bench.refreshing("main"));
  await bench.seen();
  assert.deepEqual((await bench.seen()).digests, digestsOf(next));
  await bench.healthy(bench.collecting());
  await bench.clean();
  return { end: ended.error === undefined ? "went on" : shortly(ended.error), readers, rounds };
}

function status(code: number, error: string): Break {
  return { status: code, body: json(error) };
}

function bearer({ host }: BreakingRegistry): string {
  return `Bearer realm="http://${host}/token",service="test"`;
}
