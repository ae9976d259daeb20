import type { TransformOptions } from "node:stream";
import { createGunzip, type ZlibOptions } from "node:zlib";
import type { MemorySweep } from "./download/memory-sweep.ts";
import { DamagedBlob } from "./store/damaged-blob.ts";
import { codeOf } from "./store/disk-faults.ts";

/** Bytes that are unpacked at once, and before they are asked for, while who asks is busy. */
const OPTIONS: ZlibOptions & TransformOptions = {
  chunkSize: 256 * 1024,
  readableHighWaterMark: 2 * 1024 * 1024,
};

/**
 * What gzip packed, piece by piece; it ends only after its source has, without a fault.
 * @param packed a piece of it may be written over when the next one is asked for
 * @param sweep told of what was unpacked: each piece is a buffer of its own
 * @throws DamagedBlob when it is not whole, or no gzip; the source's own error
 */
export async function* unpackedStream(
  packed: AsyncIterable<Uint8Array>,
  what: string,
  sweep: MemorySweep,
): AsyncIterable<Uint8Array> {
  const gunzip = createGunzip(OPTIONS);
  const closed = new Promise<void>((done) => gunzip.once("close", () => done()));
  const feeding = (async () => {
    for await (const piece of packed) {
      // It is done with a piece when it calls back; when it is closed in the middle of one, it does not.
      const written = new Promise<void>((done, fail) =>
        gunzip.write(piece, (error) => (error ? fail(error) : done())),
      );
      await Promise.race([written, closed]);
      if (gunzip.destroyed) return;
    }
    gunzip.end();
  })().catch((error: unknown) => {
    gunzip.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  try {
    for await (const piece of gunzip as AsyncIterable<Buffer>) {
      yield piece;
      sweep.came(piece.length);
    }
  } catch (error) {
    if (codeOf(error)?.startsWith("Z_") !== true) throw error;
    throw new DamagedBlob(`${what} cannot be unpacked: ${(error as Error).message}`, {
      cause: error,
    });
  } finally {
    gunzip.destroy();
    await feeding;
  }
}
