import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import type { Descriptor } from "../../../oci/media-types.ts";
import { DamagedBlob } from "../store/damaged-blob.ts";

type Blob = Pick<Descriptor, "digest">;

/**
 * What a server knows of the bytes of blobs: each file is hashed at its first reading, and not handed out again when it turned out
 * to be damaged, until another file is in its place.
 */
export class BlobTrust {
  readonly #known = new Map<string, { readonly stamp: string; readonly isWhole: boolean }>();

  /** Whether a blob's file has the bytes that its digest says; undefined where nobody has read all of it yet. */
  of({ digest }: Blob, stats: BigIntStats): boolean | undefined {
    const known = this.#known.get(digest);
    return known?.stamp === stampOf(stats) ? known.isWhole : undefined;
  }

  /**
   * The bytes of a file that is read from its beginning to its end. The last piece comes only when all are as they should be, so
   * that nobody who looks at the length takes damaged ones for the whole.
   * @throws DamagedBlob in the place of the last piece
   */
  async *checked(
    { digest }: Blob,
    stats: BigIntStats,
    bytes: AsyncIterable<Buffer>,
  ): AsyncIterable<Buffer> {
    const hash = createHash("sha256");
    let last: Buffer | undefined;
    for await (const piece of bytes) {
      hash.update(piece);
      if (last !== undefined) yield last;
      last = piece;
    }
    const isWhole = `sha256:${hash.digest("hex")}` === digest;
    this.#known.set(digest, { stamp: stampOf(stats), isWhole });
    if (!isWhole) {
      throw new DamagedBlob(
        `${digest} is damaged, and is not handed out any more; slipway cache verify --discard-damaged, then slipway cache refresh, bring it back`,
      );
    }
    if (last !== undefined) yield last;
  }
}

function stampOf({ ino, size, mtimeNs }: BigIntStats): string {
  return [ino, size, mtimeNs].join(" ");
}
