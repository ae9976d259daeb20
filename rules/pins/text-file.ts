/** Characters of a file's text, the end not among them. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A file as text in which every character stands for bytes that are known exactly. */
export interface TextFile {
  /** In the tree, parts separated by "/". */
  readonly path: string;
  readonly text: string;
  /** `bytes`: one character a byte, so that an index is an offset and whatever extends ASCII is kept as it is. */
  readonly encoding: "bytes" | "utf-16le" | "utf-16be";
}

const LITTLE_ENDIAN = Buffer.from([0xff, 0xfe]);
const BIG_ENDIAN = Buffer.from([0xfe, 0xff]);

/** Reads a file, its byte order mark as a character of it; undefined where it is no text. */
export function readTextFile(path: string, bytes: Buffer): TextFile | undefined {
  const mark = bytes.subarray(0, 2);
  if (mark.equals(LITTLE_ENDIAN)) return readWide(path, bytes, "utf-16le");
  if (mark.equals(BIG_ENDIAN)) return readWide(path, bytes, "utf-16be");
  if (bytes.includes(0)) return undefined;
  return { path, text: bytes.toString("latin1"), encoding: "bytes" };
}

/** The file's bytes: the inverse of {@link readTextFile}. */
export function writeTextFile({ text, encoding }: TextFile): Buffer {
  if (encoding === "bytes") return Buffer.from(text, "latin1");
  const bytes = Buffer.from(text, "utf16le");
  return encoding === "utf-16le" ? bytes : bytes.swap16();
}

/**
 * A part of a file's text as people read it, free of the file: a slice would keep the whole text in memory.
 * @param part of a text in the file's encoding
 */
export function readable(part: string, encoding: TextFile["encoding"]): string {
  if (encoding === "bytes") return Buffer.from(part, "latin1").toString("utf8");
  return Buffer.from(part, "utf16le").toString("utf16le");
}

/** UTF-32 begins with the same mark in little endian, and has a NUL in most characters. */
function readWide(
  path: string,
  bytes: Buffer,
  encoding: "utf-16le" | "utf-16be",
): TextFile | undefined {
  if (bytes.length % 2 !== 0) return undefined;
  const ordered = encoding === "utf-16le" ? bytes : Buffer.from(bytes).swap16();
  const text = ordered.toString("utf16le");
  return text.includes("\0") ? undefined : { path, text, encoding };
}
