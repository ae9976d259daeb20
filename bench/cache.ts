import { table } from "../cli/print/table.ts";
import { formatBytes } from "../rules/byte-size.ts";
import { type DockerEngine, startDockerEngine } from "../test/support/docker-engine.ts";
import { largeImage, type LayerContent } from "../test/support/large-image.ts";
import { CacheWays, type PublishedImage } from "./cache-ways.ts";
import { median } from "./measure.ts";
import type { Cost } from "./measured.ts";

const ROUNDS = 3;
/** Of an image in the registry. */
const MEBIBYTES = 2048;
/** Which of the ten layers a change makes anew: one in the middle, with 8 of 100 bytes. */
const CHANGED = 6;
const RELEASE = "release/2.10";

/** One measurement of both sides, an entry a round. Tells of each, as a run takes long. */
class Pair {
  readonly there: Cost[] = [];
  readonly here: Cost[] = [];
  readonly #title: string;

  constructor(title: string) {
    this.#title = title;
  }

  add(side: "there" | "here", cost: Cost): void {
    this[side].push(cost);
    const { seconds, written } = cost;
    const who = side === "there" ? "docker" : "slipway";
    tell(`${this.#title}: ${who} ${seconds.toFixed(1)} s, ${formatBytes(written)} written`);
  }
}

function tell(line: string): void {
  console.error(`cache        ${line}`);
}

/**
 * The image cache beside what it replaces: `docker pull` and `docker save` on a runner, and `docker load` of the tarball, by
 * the engine that Debian has (or the machine's own). In turn, on one machine, with one registry on it. Programs are measured
 * as whole processes. The store is on the disk when Slipway ends; tarballs and what an engine keeps are only on their way.
 */
export async function cacheBenchmark(mebibytes = MEBIBYTES): Promise<string> {
  const ways = await CacheWays.start();
  const containerd = await startDockerEngine("containerd");
  try {
    return await compare(ways, containerd, mebibytes);
  } finally {
    await containerd.stop();
    await ways.stop();
  }
}

async function compare(
  ways: CacheWays,
  containerd: DockerEngine,
  mebibytes: number,
): Promise<string> {
  const layers = largeImage("jammy", mebibytes);
  const jammy = await ways.publish("jammy", layers);
  const changed = await ways.publish("jammy", withOther(layers, [CHANGED], "changed"));
  const changedBytes = changed.layers[CHANGED]?.size ?? 0;

  const first = new Pair("first refresh");
  const again = new Pair("refresh after a change");
  const load = new Pair("load");
  const present = new Pair("load of what is there");
  const loadNew = new Pair("load, containerd's store");
  const presentNew = new Pair("load of what is there, containerd's store");
  for (let round = 0; round < ROUNDS; round += 1) {
    await ways.empty();
    first.add("there", await ways.pullAndSave(jammy));
    first.add("here", await ways.refresh([jammy]));
    again.add("there", await ways.pullAndSave(changed));
    again.add("here", await ways.refresh([changed]));
    for (const [engine, fresh, there] of [
      [ways.engine, load, present],
      [containerd, loadNew, presentNew],
    ] as const) {
      fresh.add("there", await ways.loadTarball(changed, engine));
      there.add("there", await ways.loadTarball(changed, engine, "present"));
      fresh.add("here", await ways.load(changed, "loaded", engine));
      there.add("here", await ways.load(changed, "present", engine));
    }
  }
  const tarball = await ways.takeTarball(changed);
  await ways.empty();
  const disk = await diskOfSix(ways, layers, mebibytes);

  const version = await ways.engine.docker("version", "--format", "{{.Server.Version}}");
  const bytes = (cost: Cost) => cost.written;
  const seconds = (cost: Cost) => cost.seconds;
  const memory = (cost: Cost) => cost.memory;
  return [
    `an image of ${formatBytes(jammy.size)} in the registry, ten layers, ${formatBytes(tarball)} as a tarball; median of ${ROUNDS} rounds`,
    table([
      ["", `docker ${version}`, "slipway", "ratio", "aim"],
      ["(a) first refresh / pull, save", ...timeRow(first), ""],
      ["    bytes written", ...bytesRow(first, bytes), ""],
      ["(b) after one of ten layers changed", ...timeRow(again), "0.20"],
      ["    bytes written", ...bytesRow(again, bytes), ""],
      [
        "    to that layer's bytes",
        formatBytes(changedBytes),
        formatBytes(middle(again.here, bytes)),
        (middle(again.here, bytes) / changedBytes).toFixed(3),
        "1.05",
      ],
      ["(c) load", ...timeRow(load), "1.00"],
      ["    the engine has the image", ...timeRow(present), "0.05"],
      ["    load, containerd's store", ...timeRow(loadNew), "1.00"],
      ["    that has the image", ...timeRow(presentNew), "0.05"],
      [
        "(d) disk, 3 images, 2 channels",
        formatBytes(disk.there),
        formatBytes(disk.here),
        (disk.here / disk.there).toFixed(2),
        "0.40",
      ],
      ["(e) peak memory, refresh", ...bytesRow(first, memory), "150 MB"],
      ["    load", ...bytesRow(load, memory), ""],
    ]),
    `seconds of rounds: ${[first, again, load].map((pair) => `${spread(pair.there)} / ${spread(pair.here)}`).join("; ")}`,
  ].join("\n");

  function spread(costs: readonly Cost[]): string {
    return costs.map((cost) => seconds(cost).toFixed(1)).join(" ");
  }
}

/**
 * Bytes on the disk of three images on main and on a release line: one, its benchmarks, which has the same first eight layers,
 * and one of another distribution. The release line has the same first seven layers of each.
 */
async function diskOfSix(
  ways: CacheWays,
  jammy: readonly LayerContent[],
  mebibytes: number,
): Promise<{ readonly there: number; readonly here: number }> {
  const main: Readonly<Record<string, readonly LayerContent[]>> = {
    jammy,
    "jammy-benchmarks": withOther(jammy, [8, 9], "benchmarks"),
    noble: largeImage("noble", mebibytes),
  };
  let there = 0;
  for (const channel of ["main", RELEASE]) {
    const images: PublishedImage[] = [];
    for (const [name, layers] of Object.entries(main)) {
      const wanted = channel === RELEASE ? withOther(layers, [7, 8, 9], `${name} 2.10`) : layers;
      const image = await ways.publish(name, wanted);
      await ways.pullAndSave(image, channel);
      there += await ways.takeTarball(image, channel);
      images.push(image);
      tell(`disk: the tarball of ${name} on ${channel}`);
    }
    await ways.refresh(images, channel);
  }
  return { there, here: await ways.storeSize() };
}

/** The layers of an image with some of another content. */
function withOther(
  layers: readonly LayerContent[],
  which: readonly number[],
  seed: string,
): readonly LayerContent[] {
  return layers.map((layer, index) =>
    which.includes(index) ? { ...layer, seed: `${seed} ${index}` } : layer,
  );
}

function timeRow(pair: Pair): readonly string[] {
  const [there, here] = both(pair, ({ seconds }) => seconds);
  return [`${there.toFixed(2)} s`, `${here.toFixed(2)} s`, (here / there).toFixed(2)];
}

function bytesRow(pair: Pair, of: (cost: Cost) => number): readonly string[] {
  const [there, here] = both(pair, of);
  return [formatBytes(there), formatBytes(here), (here / there).toFixed(2)];
}

function both({ there, here }: Pair, of: (cost: Cost) => number): readonly [number, number] {
  return [middle(there, of), middle(here, of)];
}

function middle(costs: readonly Cost[], of: (cost: Cost) => number): number {
  return median(costs.map(of));
}
