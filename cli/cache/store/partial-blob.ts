import type { Range } from "./segments.ts";

/**
 * A blob under way: written at any position, hashed from its beginning while it grows, and renamed into the store when it is
 * whole. It belongs to this process alone until it is committed or closed.
 */
export class PartialBlob {
  /** What is not there yet, in pieces of at most `segment` bytes. */
  missing(segment: number): readonly Range[] {
    throw new Error(`not written yet: ${segment}`);
  }

  async write(position: number, bytes: Uint8Array): Promise<void> {
    throw new Error(`not written yet: ${position} ${bytes.length}`);
  }

  /** Says that a range was written: a later run does not fetch it again. */
  async finished(range: Range): Promise<void> {
    throw new Error(`not written yet: ${range.start}`);
  }

  /** @throws DamagedBlob when the content is another; nothing of it is kept then */
  async commit(): Promise<void> {
    throw new Error("not written yet");
  }

  /** Keeps what is finished for the next run. */
  async close(): Promise<void> {
    throw new Error("not written yet");
  }
}
