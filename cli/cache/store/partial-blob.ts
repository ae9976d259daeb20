import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { lstat, open, rename, rm, type FileHandle } from "node:fs/promises";
import type { Descriptor } from "../../../oci/media-types.ts";
import { formatBytes } from "../../../rules/byte-size.ts";
import { UserError } from "../../../rules/problems.ts";
import { DamagedBlob } from "./damaged-blob.ts";
import { codeOf, diskFault, freeBytes, ifThere, onDisk } from "./disk-faults.ts";
import { removeLeftover } from "./folders.ts";
import { untilLocked } from "./kernel-lock.ts";
import type { StorePaths } from "./paths.ts";
import { FILE_MODE, syncFolder } from "./replace-file.ts";
import { rangeLine, recordedRanges, Segments, type Range } from "./segments.ts";
import type { OnStep } from "./steps.ts";

/** What is read back at once to hash it, in bytes. */
const PIECE = 1024 * 1024;

interface PartialBlobArgs {
  readonly paths: StorePaths;
  readonly blob: Pick<Descriptor, "digest" | "size">;
  readonly onStep: OnStep;
  readonly onWait: (line: string) => void;
  /** Whether the store has the blob. */
  readonly isThere: () => Promise<boolean>;
}

/**
 * A blob under way: written at any position, hashed from its beginning while it grows, and renamed into the store when it is
 * whole. It belongs to this process alone until it is committed or closed; a process that is killed leaves what it finished to
 * the next one.
 */
export class PartialBlob {
  readonly #args: PartialBlobArgs;
  readonly #file: FileHandle;
  readonly #record: FileHandle;
  readonly #segments: Segments;
  readonly #hash = createHash("sha256");
  #hashed = 0;
  #hashing: Promise<void> | undefined;
  #closed = false;

  private constructor(
    args: PartialBlobArgs,
    file: FileHandle,
    record: FileHandle,
    segments: Segments,
  ) {
    this.#args = args;
    this.#file = file;
    this.#record = record;
    this.#segments = segments;
  }

  /** The blob when nobody else writes it; undefined when somebody else has moved it into the store meanwhile, or away. */
  static async open(args: PartialBlobArgs): Promise<PartialBlob | undefined> {
    const { paths, blob, onStep } = args;
    const path = paths.partial(blob.digest);
    await onStep("partial-opening", blob.digest);
    return onDisk(path, async () => {
      const file = await openFile(path);
      try {
        if (!(await lockedInPlace(file, path, args)) || (await isRemovedAsThere(args))) {
          await file.close();
          return undefined;
        }
        const { record, segments } = await resume(file, args);
        await onStep("partial-opened", blob.digest);
        return new PartialBlob(args, file, record, segments);
      } catch (error) {
        await file.close();
        throw error;
      }
    });
  }

  /** What is not there yet, in pieces of at most `segment` bytes. */
  missing(segment: number): readonly Range[] {
    return this.#segments.missing(segment);
  }

  /** @throws UserError when the disk is full; what is finished stays */
  async write(position: number, bytes: Uint8Array): Promise<void> {
    const { digest, size } = this.#args.blob;
    if (position + bytes.length > size) {
      throw new DamagedBlob(`${digest} has ${size} bytes, and more were sent`);
    }
    await this.#onDisk(async () => {
      for (let written = 0; written < bytes.length;) {
        const rest = bytes.length - written;
        written += (await this.#file.write(bytes, written, rest, position + written)).bytesWritten;
      }
    });
  }

  /** Says that a range was written: a later run does not fetch it again. */
  async finished(range: Range): Promise<void> {
    const { blob, onStep } = this.#args;
    const detail = `${blob.digest} ${range.start}-${range.end}`;
    await this.#onDisk(async () => {
      await onStep("segment-syncing", detail);
      // Before the record: else a power cut could leave a record of bytes that never came to the disk.
      await this.#file.datasync();
      await onStep("segment-synced", detail);
      await onStep("segment-recording", detail);
      await this.#record.write(rangeLine(range));
    });
    this.#segments.add(range);
    await onStep("segment-recorded", detail);
    this.#hashOn();
  }

  /**
   * Makes it a blob of the store, after its whole content was hashed.
   * @throws DamagedBlob when the content is another; nothing of it is kept then
   */
  async commit(): Promise<void> {
    const { paths, blob, onStep } = this.#args;
    const { digest, size } = blob;
    if (this.#segments.bytes !== size) throw new Error(`${digest} is not whole`);
    try {
      await this.#onDisk(async () => {
        const found = await this.#digest();
        if (found !== digest) return this.#discard(found);
        await onStep("blob-syncing", digest);
        await this.#file.chmod(FILE_MODE);
        await this.#file.sync();
        await onStep("blob-synced", digest);
        await onStep("blob-moving", digest);
        await rename(paths.partial(digest), paths.blob(digest));
        await syncFolder(paths.blobs);
        await onStep("blob-moved", digest);
        await onStep("record-removing", digest);
        await rm(paths.record(digest), { force: true });
        await onStep("record-removed", digest);
      });
    } finally {
      await this.close();
    }
  }

  /** Keeps what is finished for the next run. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // What went wrong there is told by commit.
    await this.#hashing?.catch(() => undefined);
    await Promise.all([this.#record.close(), this.#file.close()]);
  }

  /** Hashes as far as there is no gap, unless that is under way. */
  #hashOn(): void {
    if (this.#hashing !== undefined || this.#hashed >= this.#segments.beginning) return;
    this.#hashing = this.#hashBeginning().then(() => {
      this.#hashing = undefined;
      if (!this.#closed) this.#hashOn();
    });
    this.#hashing.catch(() => undefined);
  }

  async #hashBeginning(): Promise<void> {
    const piece = Buffer.allocUnsafe(Math.min(PIECE, this.#args.blob.size));
    while (this.#hashed < this.#segments.beginning && !this.#closed) {
      const length = Math.min(piece.length, this.#segments.beginning - this.#hashed);
      const { bytesRead } = await this.#file.read(piece, 0, length, this.#hashed);
      if (bytesRead === 0) throw new Error(`${this.#args.blob.digest} was cut off meanwhile`);
      this.#hash.update(piece.subarray(0, bytesRead));
      this.#hashed += bytesRead;
    }
  }

  async #digest(): Promise<string> {
    this.#hashOn();
    while (this.#hashing !== undefined) await this.#hashing;
    return `sha256:${this.#hash.digest("hex")}`;
  }

  async #discard(found: string): Promise<never> {
    const { paths, blob, onStep } = this.#args;
    await onStep("damaged-removing", blob.digest);
    await rm(paths.record(blob.digest), { force: true });
    await rm(paths.partial(blob.digest), { force: true });
    await onStep("damaged-removed", blob.digest);
    throw new DamagedBlob(
      `asked for ${blob.digest} of ${blob.size} bytes, was sent content with digest ${found}; nothing of it was used`,
    );
  }

  async #onDisk<T>(work: () => Promise<T>): Promise<T> {
    const { paths, blob } = this.#args;
    try {
      return await work();
    } catch (error) {
      if (codeOf(error) !== "ENOSPC") throw diskFault(error, paths.partial(blob.digest));
      const needed = blob.size - this.#segments.bytes;
      const free = await freeBytes(paths.folder);
      throw new UserError(
        `${paths.folder} is full: ${blob.digest} needs ${formatBytes(needed)} more and ${formatBytes(free)} are free, ` +
          `so that ${formatBytes(Math.max(needed - free, 1))} are missing; make room and run the command again, which goes on from here`,
        { cause: error },
      );
    }
  }
}

/**
 * Its mode lets nobody else open it: a reader's lock would keep the writer waiting. That it is read back to be hashed is no use
 * of it, as its access time tells later.
 */
async function openFile(path: string): Promise<FileHandle> {
  const { O_RDWR, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_NOATIME } = constants;
  return open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOATIME, 0o600);
}

/** Locks the file, and says whether its path is still that file when the lock is got. */
async function lockedInPlace(
  file: FileHandle,
  path: string,
  { blob, onWait }: PartialBlobArgs,
): Promise<boolean> {
  await untilLocked(
    file,
    { onWait: (holder) => onWait(`waiting for ${holder}, which fetches ${blob.digest}`) },
    async () => "another process",
  );
  const there = await ifThere(() => lstat(path));
  const here = await file.stat();
  return there?.ino === here.ino && there.dev === here.dev;
}

/**
 * Removes the file, which was made anew, when another process moved the blob into the store just before: fetched again it would
 * take the place of a blob that readers hold. For who holds the file's lock.
 */
async function isRemovedAsThere({
  paths,
  blob,
  onStep,
  isThere,
}: PartialBlobArgs): Promise<boolean> {
  if (!(await isThere())) return false;
  for (const path of [paths.record(blob.digest), paths.partial(blob.digest)]) {
    await removeLeftover(path, onStep);
  }
  return true;
}

/** What an earlier run left of the blob. */
async function resume(
  file: FileHandle,
  { paths, blob }: PartialBlobArgs,
): Promise<{ readonly record: FileHandle; readonly segments: Segments }> {
  const { O_RDWR, O_CREAT, O_APPEND, O_NOFOLLOW } = constants;
  const { size } = await file.stat();
  if (size > blob.size) await file.truncate(blob.size);
  const flags = O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW;
  const record = await open(paths.record(blob.digest), flags, 0o600);
  const segments = new Segments(blob.size);
  const text = await record.readFile("utf8");
  const ranges = recordedRanges(text, Math.min(size, blob.size));
  for (const range of ranges) segments.add(range);
  const read = ranges.map(rangeLine).join("");
  if (text !== read) {
    // A torn last line would run into the next one, and a range beyond the file's end could be believed when the file has grown.
    await record.truncate(0);
    await record.write(read);
  }
  return { record, segments };
}
