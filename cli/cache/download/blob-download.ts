import type { LimitFunction } from "p-limit";
import { DamagedContentFault, NoRangeFault } from "../../../oci/blob-range.ts";
import type { Descriptor } from "../../../oci/media-types.ts";
import { retry } from "../../../oci/retry.ts";
import { UserError } from "../../../rules/problems.ts";
import { DamagedBlob } from "../store/damaged-blob.ts";
import type { PartialBlob } from "../store/partial-blob.ts";
import type { Store } from "../store/store.ts";
import type { MemorySweep } from "./memory-sweep.ts";
import type { DownloadSource, SourceList } from "./source-list.ts";
import { StoreFault, Stretch } from "./stretch.ts";
import type { Tally } from "./tally.ts";

/** What one request asks for at most, in bytes: what a killed run loses, and what is synced at once. */
const SEGMENT = 32 * 1024 * 1024;
/** Bytes after which an attempt that failed did get on. */
const PROGRESS = 1024 * 1024;

/** What the blobs of one download share. */
export interface Download {
  readonly store: Store;
  readonly sources: SourceList;
  readonly connections: LimitFunction;
  readonly tally: Tally;
  readonly sweep: MemorySweep;
  /** Sources that bytes came from. */
  readonly brought: Set<DownloadSource>;
  /** Sources that were seen to send no parts. */
  readonly rangeless: Set<DownloadSource>;
  /** Whether another blob failed, so that this one is not needed now. */
  isStopped: boolean;
}

/** Brings one blob into the store: its segments in parallel, from one source at a time. */
export class BlobDownload {
  readonly #download: Download;
  readonly #blob: Descriptor;
  /** Sources that brought something of the content that is on the disk. */
  readonly #bringers = new Set<DownloadSource>();
  /** Sources that were given up for damage. */
  readonly #blamed = new Set<DownloadSource>();
  #hasFailed = false;

  constructor(download: Download, blob: Descriptor) {
    this.#download = download;
    this.#blob = blob;
  }

  /** @throws UserError when no source has it whole, or the disk fails */
  async run(): Promise<void> {
    const damages: DamagedBlob[] = [];
    for (let isLast = false; ;) {
      this.#bringers.clear();
      const damage = await this.#tryOr(isLast);
      if (damage === undefined) return;
      if (damage instanceof DamagedBlob) damages.push(damage);
      if (isLast) throw manyTimes(damages);
      isLast = !this.#hasNext(damage);
    }
  }

  /** Leaves the sources to others that brought damage; where there is no other, all of them are asked once more. */
  #hasNext(damage: UserError): boolean {
    const { sources } = this.#download;
    const { digest } = this.#blob;
    if (sources.hasOther(digest, this.#bringers)) {
      for (const source of this.#bringers) {
        sources.giveUp(digest, source, damage);
        this.#blamed.add(source);
      }
      return true;
    }
    // What an earlier run left may have been the damage.
    sources.takeBack(digest, this.#blamed);
    return false;
  }

  /** The same as {@link #try}, and before the last time also why no source is left but those that were given up for damage. */
  async #tryOr(isLast: boolean): Promise<UserError | undefined> {
    try {
      return await this.#try();
    } catch (error) {
      const isLeft = this.#download.sources.hasOther(this.#blob.digest, new Set());
      if (isLast || isLeft || this.#blamed.size === 0 || !(error instanceof UserError)) throw error;
      this.#bringers.clear();
      return error;
    }
  }

  /** What was wrong with its content, if anything. */
  async #try(): Promise<DamagedBlob | undefined> {
    const { store, tally } = this.#download;
    const { digest, size } = this.#blob;
    const partial = await store.partial(this.#blob);
    if (partial === undefined) {
      tally.found(digest, size);
      return undefined;
    }
    try {
      const lacks = partial.missing(SEGMENT).reduce((sum, { start, end }) => sum + end - start, 0);
      tally.found(digest, size - lacks);
      await this.#fill(partial);
      if (!this.#download.isStopped) await partial.commit();
      return undefined;
    } catch (error) {
      if (!(error instanceof DamagedBlob)) throw error;
      const names = [...this.#bringers].map(({ name }) => name).join(", ");
      return new DamagedBlob(`${names === "" ? store.folder : names}: ${error.message}`);
    } finally {
      await partial.close();
    }
  }

  async #fill(partial: PartialBlob): Promise<void> {
    const { sources, connections, rangeless } = this.#download;
    for (;;) {
      const missing = partial.missing(SEGMENT);
      if (missing.length === 0 || this.#download.isStopped) return;
      const source = sources.first(this.#blob.digest);
      const parts = rangeless.has(source) ? [missing] : missing.map((segment) => [segment]);
      const ends = await Promise.allSettled(
        parts.map((pieces) => connections(() => this.#fetch(new Stretch(partial, pieces), source))),
      );
      const failed = ends.find((end) => end.status === "rejected");
      if (failed !== undefined) throw failed.reason;
    }
  }

  /** Fetches a stretch as far as its source gives it; who called looks what is missing then. */
  async #fetch(stretch: Stretch, source: DownloadSource): Promise<void> {
    const { sources, rangeless } = this.#download;
    const isWhole = rangeless.has(source);
    // What flows goes on to its end, though another connection gave the source up.
    const isOver = (): boolean =>
      this.#isStopped() ||
      sources.hasGivenUp(this.#blob.digest, source) ||
      rangeless.has(source) !== isWhole;
    try {
      let before = 0;
      await retry(
        source.repository.blobs.policy,
        async () => {
          before = stretch.next;
          if (!isOver()) await this.#receive(stretch, source, isWhole);
        },
        () => stretch.next - before >= PROGRESS,
      );
      await stretch.keep();
    } catch (error) {
      if (error instanceof NoRangeFault) rangeless.add(source);
      else if (error instanceof UserError) sources.giveUp(this.#blob.digest, source, error);
      else {
        this.#hasFailed = true;
        throw error instanceof StoreFault ? error.cause : error;
      }
      if (!(error instanceof DamagedContentFault)) await stretch.keep();
    }
  }

  /** One attempt. */
  async #receive(stretch: Stretch, source: DownloadSource, isWhole: boolean): Promise<void> {
    const { tally, sweep } = this.#download;
    const { blobs } = source.repository;
    let position = isWhole ? 0 : stretch.next;
    const end = isWhole ? this.#blob.size : stretch.end;
    const content = await blobs.range(this.#blob, position, end);
    for await (const chunk of content as AsyncIterable<Buffer>) {
      tally.came(chunk.length);
      this.#bringers.add(source);
      this.#download.brought.add(source);
      tally.wrote(this.#blob.digest, await stretch.take(position, chunk));
      position += chunk.length;
      sweep.came(chunk.length);
      if (this.#isStopped()) break;
    }
  }

  #isStopped(): boolean {
    return this.#hasFailed || this.#download.isStopped;
  }
}

function manyTimes(damages: readonly DamagedBlob[]): UserError {
  const [first] = damages;
  const last = damages.at(-1);
  return new UserError(
    `${last?.message ?? ""}; it came damaged ${damages.length} times, first: ${first?.message ?? ""}; push it to the registry again`,
  );
}
