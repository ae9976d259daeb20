/* Bytes of any length that are made when they are read, so that a blob larger than memory costs none. */
import { createCipheriv, createHash } from "node:crypto";

export interface Content {
  readonly size: number;
  /** The bytes from `start` up to, and without, `end`. */
  read(start: number, end: number): AsyncIterable<Buffer> | Iterable<Buffer>;
}

const CHUNK = 64 * 1024;

export function bytesContent(bytes: Buffer): Content {
  return {
    size: bytes.length,
    *read(start, end) {
      for (let at = start; at < end; at += CHUNK) {
        yield bytes.subarray(at, Math.min(at + CHUNK, end));
      }
    },
  };
}

/** Bytes that no other seed makes. */
export function randomContent(seed: string, size: number): Content {
  const key = createHash("sha256").update(seed).digest();
  return bytesContent(
    createCipheriv("aes-256-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(size)),
  );
}

/** Zeros, but for the number of each 64 KiB at its beginning: two parts are never alike, whatever the size. */
export function sparseContent(size: number): Content {
  return {
    size,
    *read(start, end) {
      for (let at = start - (start % CHUNK); at < end; at += CHUNK) {
        const chunk = Buffer.alloc(CHUNK);
        chunk.writeBigUInt64BE(BigInt(at / CHUNK));
        yield chunk.subarray(Math.max(start - at, 0), Math.min(end - at, CHUNK));
      }
    },
  };
}

/** The same with one bit turned over. */
export function flippedContent(content: Content, position: number): Content {
  return {
    size: content.size,
    async *read(start, end) {
      let at = start;
      for await (const chunk of content.read(start, end)) {
        const bytes = Buffer.from(chunk);
        if (position >= at && position < at + bytes.length) bytes[position - at]! ^= 1;
        at += bytes.length;
        yield bytes;
      }
    },
  };
}

/** `sha256:...` */
export async function contentDigest(content: Content): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of content.read(0, content.size)) hash.update(chunk);
  return `sha256:${hash.digest("hex")}`;
}

export async function contentBytes(content: Content): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of content.read(0, content.size)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
