/*
 * The three forms of ASN.1 that are read and written here, in DER.
 * @see https://www.itu.int/rec/T-REC-X.690
 */

/** A text. */
export function utf8String(text: string): Buffer {
  return element(0x0c, Buffer.from(text, "utf8"));
}

/** Bytes. */
export function octetString(bytes: Buffer): Buffer {
  return element(0x04, bytes);
}

/** The first element within the element that the bytes are, with its head: of a certificate, what is signed of it. */
export function firstWithin(bytes: Buffer): Buffer {
  const outer = bounds(bytes, 0);
  const inner = bounds(bytes, outer.start);
  return bytes.subarray(outer.start, inner.end);
}

function element(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const head = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) head.unshift(rest % 256);
  const size = length < 0x80 ? [length] : [0x80 + head.length, ...head];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

/** Where the content of the element at an offset starts and ends. */
function bounds(bytes: Buffer, offset: number): { readonly start: number; readonly end: number } {
  const size = bytes.readUInt8(offset + 1);
  if (size < 0x80) return { start: offset + 2, end: offset + 2 + size };
  const count = size - 0x80;
  const start = offset + 2 + count;
  return { start, end: start + bytes.readUIntBE(offset + 2, count) };
}
