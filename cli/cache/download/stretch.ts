import type { PartialBlob } from "../store/partial-blob.ts";
import type { Range } from "../store/segments.ts";

/** The disk or the store failed, and no other source would change that. */
export class StoreFault extends Error {
  constructor(cause: unknown) {
    super("the store failed", { cause });
  }
}

/**
 * What one connection is to bring of a blob: pieces in rising order. Of a stream that begins before them, or again after it
 * broke off, only what lacks is written.
 */
export class Stretch {
  readonly #partial: PartialBlob;
  readonly #pieces: Range[];
  #reached = 0;

  constructor(partial: PartialBlob, pieces: readonly Range[]) {
    this.#partial = partial;
    this.#pieces = [...pieces];
  }

  /** First byte that is not there. */
  get next(): number {
    return Math.max(this.#reached, this.#pieces[0]?.start ?? 0);
  }

  /** The byte behind the last piece. */
  get end(): number {
    return this.#pieces.at(-1)?.end ?? this.#reached;
  }

  /**
   * Takes what stands at a position of the blob.
   * @returns the bytes that were written
   * @throws StoreFault
   */
  async take(position: number, bytes: Uint8Array): Promise<number> {
    const end = position + bytes.length;
    let written = 0;
    for (let piece; (piece = this.#pieces[0]) !== undefined && piece.start < end;) {
      const start = Math.max(piece.start, position, this.#reached);
      const stop = Math.min(piece.end, end);
      if (start < stop) {
        const part = bytes.subarray(start - position, stop - position);
        await onStore(this.#partial.write(start, part));
        written += part.length;
        this.#reached = stop;
      }
      if (stop < piece.end) break;
      this.#pieces.shift();
      await onStore(this.#partial.finished(piece));
    }
    this.#reached = Math.max(this.#reached, end);
    return written;
  }

  /** Keeps a piece that was begun. @throws StoreFault */
  async keep(): Promise<void> {
    const piece = this.#pieces[0];
    if (piece === undefined || this.#reached <= piece.start) return;
    await onStore(
      this.#partial.finished({ start: piece.start, end: Math.min(piece.end, this.#reached) }),
    );
  }
}

async function onStore(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    throw new StoreFault(error);
  }
}
