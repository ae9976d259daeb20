import { createHash } from "node:crypto";
import { Transform, type TransformCallback } from "node:stream";
import type { UserError } from "../rules/problems.ts";
import { DamagedContentFault } from "./faults.ts";

/** `sha256:` and 64 hex digits. */
export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** What a piece of content says of itself: its digest, and where known its length in bytes. */
export interface Claim {
  readonly digest: string;
  readonly size?: number;
  /** Where it comes from, for the error: `ghcr.io/pytorch/ci-image`. */
  readonly origin: string;
}

/**
 * Passes bytes through and fails at the end, before the reader is told of the end, when they are not what they claim to
 * be: an upload fed from it is then cut off and never committed.
 */
export class VerifiedContent extends Transform {
  readonly #hash = createHash("sha256");
  readonly #claim: Claim;
  #length = 0;

  constructor(claim: Claim) {
    super();
    this.#claim = claim;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#hash.update(chunk);
    this.#length += chunk.length;
    const { size } = this.#claim;
    if (size !== undefined && this.#length > size) done(this.#mismatch("more bytes"));
    else done(null, chunk);
  }

  override _flush(done: TransformCallback): void {
    const digest = `sha256:${this.#hash.digest("hex")}`;
    const { size } = this.#claim;
    if (size !== undefined && this.#length !== size) done(this.#mismatch(`${this.#length} bytes`));
    else if (digest !== this.#claim.digest) done(this.#mismatch(`content with digest ${digest}`));
    else done();
  }

  #mismatch(found: string): UserError {
    const { origin, digest, size } = this.#claim;
    const length = size === undefined ? "" : ` of ${size} bytes`;
    return new DamagedContentFault(
      `${origin}: asked for blob ${digest}${length}, was sent ${found}; nothing of it was used. ` +
        `The registry, or a proxy before it, holds damaged content: push it there again`,
    );
  }
}
