import { readFileSync } from "node:fs";
import pLimit from "p-limit";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import type { EcrImages, EcrRepository } from "./ecr-images.ts";
import type { RegistryBehind } from "./registry-behind.ts";
import { storedContent } from "./stored-content.ts";

/** When each repository was made, as the ECR API said when its stored content was made visible. */
const Revived = z.record(z.string(), z.number());

const atOnce = pLimit(8);

/**
 * The emulator of AWS forgets everything when it ends, the registry nothing. A repository that was made anew gets back
 * what is stored of it, once, before anything else is answered; from then on the ECR API alone says what is there, so
 * that what is deleted there stays away.
 *
 * ECR itself forgets the images of a deleted repository; here they come back with a new one of the same name, because
 * a restart cannot be told from that. For the same reason a restart brings back what was deleted through the API.
 */
export class Revival {
  readonly #file: string;
  readonly #storage: string;
  readonly #images: EcrImages;
  readonly #registry: RegistryBehind;
  readonly #done: Map<string, number>;
  readonly #running = new Map<string, Promise<void>>();

  /**
   * @param file JSON; made if absent
   * @param storage the registry's root directory
   */
  constructor(file: string, storage: string, images: EcrImages, registry: RegistryBehind) {
    this.#file = file;
    this.#storage = storage;
    this.#images = images;
    this.#registry = registry;
    this.#done = new Map(Object.entries(read(file)));
  }

  /** Makes what is stored of a repository visible, unless that was done since it was made. */
  async ensure(repository: EcrRepository, authorization: string): Promise<void> {
    const { name, created } = repository;
    if (this.#done.get(name) === created) return;
    const running = this.#running.get(name);
    if (running !== undefined) return running;
    const revival = this.#revive(repository, authorization).finally(() =>
      this.#running.delete(name),
    );
    this.#running.set(name, revival);
    return revival;
  }

  async #revive({ name, created }: EcrRepository, authorization: string): Promise<void> {
    const stored = await storedContent(this.#storage, name);
    const visible = await this.#images.references(name);
    const tags = Map.groupBy(stored.tags, ([, digest]) => digest);
    await Promise.all(
      stored.digests.map((digest) =>
        atOnce(async () => {
          const image = await this.#registry.manifest(name, digest, authorization);
          if (image === undefined) return;
          const own = (tags.get(digest) ?? []).map(([tag]) => tag);
          if (own.length === 0) await this.#images.put(name, image);
          for (const tag of own) {
            if (!visible.tags.has(tag)) await this.#images.put(name, image, tag);
          }
        }),
      ),
    );
    this.#done.set(name, created);
    await writeFileAtomic(this.#file, `${JSON.stringify(Object.fromEntries(this.#done))}\n`);
  }
}

function read(file: string): Record<string, number> {
  try {
    return Revived.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return {}; // None yet, or damaged: then what is stored is made visible once more.
  }
}
