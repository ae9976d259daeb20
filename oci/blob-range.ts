import { Transform, type TransformCallback } from "node:stream";
import { UserError } from "../rules/problems.ts";
import { PATIENCE, TransientFault } from "./retry.ts";

/** A registry answered a request for a part of a blob with something else; the whole blob may still be had there. */
export class NoRangeFault extends UserError {
  override readonly name: string = "NoRangeFault";
}

/** What was sent cannot be what was asked for: it is too short or too long. */
export class DamagedContentFault extends UserError {
  override readonly name: string = "DamagedContentFault";
}

/** Bytes a second below which a connection is no better than a silent one. */
const SLOWEST = 1024;

/**
 * Whether a `Content-Range` header says exactly what was asked.
 * @param end the first byte that was not asked for
 * @param size of the whole, in bytes
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-content-range
 */
export function isRange(
  header: string | undefined,
  start: number,
  end: number,
  size: number,
): boolean {
  const [, first, last, whole] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/i.exec(header?.trim() ?? "") ?? [];
  const isWhole = whole === "*" || Number(whole) === size;
  return Number(first) === start && Number(last) === end - 1 && isWhole;
}

/** Passes a part of a blob through; fails when it has more or fewer bytes than asked, or comes in a trickle. */
export class RangeContent extends Transform {
  readonly #what: string;
  readonly #length: number;
  readonly #patience: number;
  #passed = 0;
  #last = performance.now();
  /** Milliseconds waited for the network, and the bytes that came meanwhile, since the last look. */
  #waited = 0;
  #came = 0;
  #isBlocked = false;

  /**
   * @param what for errors: `ghcr.io/pytorch/ci-image: get blob sha256:...`
   * @param length bytes
   */
  constructor(what: string, length: number, patience = PATIENCE) {
    super();
    this.#what = what;
    this.#length = length;
    this.#patience = patience;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#passed += chunk.length;
    if (this.#passed > this.#length) {
      done(this.#damaged("more"));
      return;
    }
    const now = performance.now();
    // Time that the reader took, for its disk say, is not the network's.
    if (!this.#isBlocked) this.#waited += now - this.#last;
    this.#last = now;
    this.#came += chunk.length;
    if (this.#waited >= this.#patience) {
      if (this.#came < (SLOWEST * this.#waited) / 1000) {
        done(this.#trickle());
        return;
      }
      this.#waited = this.#came = 0;
    }
    this.#isBlocked = !this.push(chunk);
    done();
  }

  override _flush(done: TransformCallback): void {
    done(this.#passed < this.#length ? this.#damaged(`${this.#passed}`) : null);
  }

  #trickle(): TransientFault {
    const seconds = Math.ceil(this.#patience / 1000);
    return new TransientFault(
      new UserError(
        `${this.#what}: less than ${SLOWEST} bytes a second came for ${seconds} s; check the network between here and there`,
      ),
    );
  }

  #damaged(found: string): DamagedContentFault {
    return new DamagedContentFault(
      `${this.#what}: was sent ${found} bytes in place of ${this.#length}; the registry, or a proxy before it, holds ` +
        `damaged content: push it there again`,
    );
  }
}
