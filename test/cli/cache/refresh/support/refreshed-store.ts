/*
 * Two registries that can be broken, and a store that is refreshed from them:
 *
 *   const bench = await RefreshBench.start();
 *   const image = await bench.give("rocm", ["base", "rocm"]);
 *   const refreshed = await bench.refresh([image]);
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Refresh, refreshImages } from "../../../../../cli/cache/refresh/refresh-images.ts";
import { Store } from "../../../../../cli/cache/store/store.ts";
import { Registries } from "../../../../../oci/registries.ts";
import type { WantedImage } from "../../../../../rules/cached-list.ts";
import {
  type BreakingRegistry,
  startBreakingRegistry,
} from "../../../../integration/cache/support/breaking-registry.ts";
import { randomContent } from "../../../../integration/cache/support/content.ts";
import { give, sampleImage } from "../../../../integration/cache/support/sample-images.ts";

/** Bytes of each layer. */
export const LAYER = 100_000;

const POLICY = { attempts: 1, delay: 1, longestDelay: 1, longestRetryAfter: 1 };

export class RefreshBench {
  readonly ecr: BreakingRegistry;
  readonly ghcr: BreakingRegistry;
  readonly folder: string;
  readonly store: Store;
  /** What was told during the last refresh. */
  readonly said: string[] = [];

  #seenBefore: readonly [number, number] = [0, 0];

  private constructor(folder: string, store: Store, ecr: BreakingRegistry, ghcr: BreakingRegistry) {
    this.folder = folder;
    this.store = store;
    this.ecr = ecr;
    this.ghcr = ghcr;
  }

  static async start(): Promise<RefreshBench> {
    const folder = await mkdtemp(join(tmpdir(), "slipway-refresh-"));
    const store = await Store.create(join(folder, "store"));
    return new RefreshBench(
      folder,
      store,
      await startBreakingRegistry(),
      await startBreakingRegistry(),
    );
  }

  async stop(): Promise<void> {
    await this.ecr.stop();
    await this.ghcr.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Puts an image on both registries, with layers of these seeds. */
  async give(accelerator: string, layers: readonly string[]): Promise<WantedImage> {
    const image = await sampleImage(layers.map((seed) => randomContent(seed, LAYER)));
    give(image, [this.ecr, this.ghcr]);
    return this.wanted(accelerator, image.manifest.digest);
  }

  /** An image of the list, as the rule gives it. */
  wanted(accelerator: string, digest: string): WantedImage {
    const repositories = {
      ecr: `${this.ecr.host}/pytorch/ci-image`,
      "ghcr.io": `${this.ghcr.host}/pytorch/ci-image`,
    };
    return {
      ...{ label: `ci-image/${accelerator}`, digest, names: [], commit: "c".repeat(40) },
      ...{ contentName: `${accelerator}-k${digest.slice(7, 47)}`, repositories },
      references: {
        ecr: `${repositories.ecr}@${digest}`,
        "ghcr.io": `${repositories["ghcr.io"]}@${digest}`,
      },
    };
  }

  /** Refreshes main, unless it is told otherwise. */
  async refresh(images: readonly WantedImage[], more: Partial<Refresh> = {}) {
    const registries = new Registries(POLICY);
    this.said.length = 0;
    this.#seenBefore = [this.ecr.seen.length, this.ghcr.seen.length];
    for (const registry of [this.ecr, this.ghcr]) registry.sentBytes = 0;
    return refreshImages({
      ...{ store: this.store, channel: "main", images, only: undefined, from: undefined },
      ...{ reserve: 0, client: (_registry, repository) => registries.repository(repository) },
      ...{ listRead: Date.now(), say: (line) => this.said.push(line) },
      ...more,
    });
  }

  /** Requests to both registries during the last refresh. */
  get requests(): readonly string[] {
    const [ecr, ghcr] = this.#seenBefore;
    const seen = [...this.ecr.seen.slice(ecr), ...this.ghcr.seen.slice(ghcr)];
    return seen.map(({ method, url }) => `${method} ${url}`);
  }

  /** Bytes of blobs that both sent during the last refresh. */
  get sent(): number {
    return this.ecr.sentBytes + this.ghcr.sentBytes;
  }
}
