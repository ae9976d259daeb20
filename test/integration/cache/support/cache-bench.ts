/*
 * Two registries that can be broken, a store, and a project that publishes images on two channels: what the rows of the fault
 * table have in common. All that is tried runs in processes of its own and by the functions behind the commands.
 */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ImageList, imageListText } from "../../../../rules/image-list.ts";
import { type BreakingRegistry, startBreakingRegistry } from "./breaking-registry.ts";
import type { CacheStep } from "../../../../cli/cache/store/steps.ts";
import { type CacheRun, runCache } from "./cache-run.ts";
import { type Ended, type Killing, runWorker } from "./cache-worker-process.ts";
import { randomContent } from "./content.ts";
import { Readers, type Reading, type Report } from "./readers.ts";
import { give, sampleImage, type SampleImage } from "./sample-images.ts";

export const FAMILY = "ci-image";
const PATH = `pytorch/${FAMILY}`;
const MEGABYTE = 1024 * 1024;

export type Channel = "main" | "release/2.9" | "release/2.10";

/** By accelerator. */
export type Images = Readonly<Record<string, SampleImage>>;

export class CacheBench {
  readonly ecr: BreakingRegistry;
  readonly ghcr: BreakingRegistry;
  readonly folder: string;
  /** The store, which is not there yet. */
  store: string;
  /** What each channel published last. */
  readonly published = new Map<Channel, Images>();
  #versions = 0;
  #readers: Readers | undefined;

  private constructor(folder: string, ecr: BreakingRegistry, ghcr: BreakingRegistry) {
    this.folder = folder;
    this.store = join(folder, "store");
    this.ecr = ecr;
    this.ghcr = ghcr;
  }

  static async start(): Promise<CacheBench> {
    const folder = await mkdtemp(join(tmpdir(), "slipway-cache-faults-"));
    await mkdir(join(folder, "lists"));
    return new CacheBench(folder, await startBreakingRegistry(), await startBreakingRegistry());
  }

  async stop(): Promise<void> {
    await this.#readers?.stop();
    await this.ecr.stop();
    await this.ghcr.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  get registries(): readonly BreakingRegistry[] {
    return [this.ecr, this.ghcr];
  }

  /** An image that shares its largest layer with all others, and has layers that no other has. */
  async newImage(size = MEGABYTE): Promise<SampleImage> {
    const version = (this.#versions += 1);
    return sampleImage([
      randomContent("shared", 2 * MEGABYTE),
      randomContent(`large ${version}`, size),
      randomContent(`small ${version}`, 3000),
    ]);
  }

  /** Puts images on both registries, and the channel's list of them into a file. */
  async publish(channel: Channel, images: Images): Promise<void> {
    for (const image of Object.values(images)) give(image, this.registries);
    this.published.set(channel, images);
    const commit = "1".repeat(40);
    const list: ImageList = {
      version: 1,
      repository: "pytorch/pytorch",
      channel,
      ref: `refs/heads/${channel}`,
      commit,
      families: {
        [FAMILY]: {
          images: Object.fromEntries(
            Object.entries(images).map(([accelerator, { manifest }]) => [
              accelerator,
              {
                digest: manifest.digest,
                contentName: `${accelerator}-k${manifest.digest.slice(7, 47)}`,
                commit,
                platforms: ["linux/amd64"],
                references: {
                  ecr: `${this.ecr.host}/${PATH}@${manifest.digest}`,
                  "ghcr.io": `${this.ghcr.host}/${PATH}@${manifest.digest}`,
                },
                names: [],
              },
            ]),
          ),
        },
      },
    };
    await writeFile(this.#list(channel), imageListText(list));
  }

  refreshing(channel: Channel): CacheRun & { readonly action: "refresh" } {
    return {
      action: "refresh",
      store: this.store,
      channel,
      list: this.#list(channel),
      family: FAMILY,
      accelerators: Object.keys(this.published.get(channel) ?? {}),
      hosts: { ecr: this.ecr.host, "ghcr.io": this.ghcr.host },
    };
  }

  exporting(channel: Channel, directory: string): CacheRun {
    return { action: "export", store: this.store, channel, directory };
  }

  /** Collects all that may be. */
  collecting(): CacheRun {
    return { action: "collect", store: this.store };
  }

  run(run: CacheRun, killing?: Killing): Promise<Ended> {
    return runWorker(run, killing);
  }

  /** Runs to its end in a process of its own, and the end must be a good one. */
  async healthyProcess(run: CacheRun): Promise<Ended> {
    const ended = await this.run(run);
    assert.equal(ended.error, undefined, `${run.action} with no fault: ${ended.error}`);
    assert.equal(ended.signal, null);
    return ended;
  }

  /**
   * The same in this process, which is quicker.
   * @returns the steps that it came by
   */
  async healthy(run: CacheRun): Promise<readonly CacheStep[]> {
    const steps: CacheStep[] = [];
    await runCache(run, (step) => void steps.push(step)).catch((error: unknown) => {
      assert.fail(`${run.action} with no fault: ${String(error)}`);
    });
    return steps;
  }

  /** Every byte of the store is looked at, and nothing may be wrong. */
  async clean(store = this.store): Promise<void> {
    await this.healthy({ action: "verify", store });
  }

  /** Starts readers of the channels that have images, past Slipway and under leases. */
  async read(more: readonly Reading[] = []): Promise<void> {
    const readings = (["index", "lease"] as const).map((kind): Reading => {
      const channels = [...this.published.keys()];
      const labels = [...this.published.values()].flatMap((images) =>
        Object.keys(images).map((accelerator) => `${FAMILY}/${accelerator}`),
      );
      return { kind, store: this.store, channels, labels: [...new Set(labels)] };
    });
    await this.#readers?.stop();
    this.#readers = await Readers.start([...readings, ...more]);
  }

  async stopReading(): Promise<void> {
    await this.#readers?.stop();
    this.#readers = undefined;
  }

  /**
   * What the readers saw since the last call, each at least once whole.
   * @throws AssertionError when one saw something that is not whole
   */
  async seen(): Promise<{ readonly digests: ReadonlySet<string>; readonly rounds: number }> {
    const reports = (await this.#readers?.reports()) ?? [];
    const faults = reports.flatMap((report: Report) => report.faults);
    assert.deepEqual(faults, [], `readers saw: ${faults.join("\n")}`);
    const digests = reports.flatMap(({ seen }) => seen.map((line) => line.split(" ").at(-1) ?? ""));
    const rounds = reports.reduce((sum, report) => sum + report.rounds, 0);
    return { digests: new Set(digests), rounds };
  }

  #list(channel: Channel): string {
    return join(this.folder, "lists", `${channel.replace("/", "-")}.json`);
  }
}

/** Digests of the images that any of these channels published. */
export function digestsOf(...published: readonly (Images | undefined)[]): ReadonlySet<string> {
  return new Set(
    published.flatMap((images) => Object.values(images ?? {}).map((one) => one.manifest.digest)),
  );
}
