import { crc32, deflateRawSync } from "node:zlib";

/** A file of an archive, and what of it an archive may lie about. */
export interface ZipEntry {
  readonly name: string;
  readonly content: string | Buffer;
  /** Of Unix; a regular file if absent. */
  readonly mode?: number;
  /** Bit 0 says that there is a password. */
  readonly flags?: number;
  /** What the archive says of the size, if that is not the size. */
  readonly size?: number;
  readonly checksum?: number;
  /** 8 is deflate, 0 stores. */
  readonly method?: number;
}

/** A zip archive, or something close to one. */
export function zipOf(entries: readonly ZipEntry[], { count = entries.length } = {}): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const content = Buffer.from(entry.content);
    const { method = 8, flags = 0, mode = 0o100644, size = content.length } = entry;
    const { checksum = crc32(content) } = entry;
    const data = method === 8 ? deflateRawSync(content) : content;
    const name = Buffer.from(entry.name);
    const common = numbers(
      [2, 20],
      [2, flags | 0x800],
      [2, method],
      [2, 0],
      [2, 0x21],
      [4, checksum],
      [4, data.length],
      [4, size],
      [2, name.length],
      [2, 0],
    );
    const local = Buffer.concat([numbers([4, 0x04034b50]), common, name, data]);
    parts.push(local);
    directory.push(
      Buffer.concat([
        numbers([4, 0x02014b50], [2, (3 << 8) | 20]),
        common,
        numbers([2, 0], [2, 0], [2, 0], [4, mode * 0x10000], [4, offset]),
        name,
      ]),
    );
    offset += local.length;
  }
  const listed = Buffer.concat(directory);
  const end = numbers(
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, count],
    [2, count],
    [4, listed.length],
    [4, offset],
    [2, 0],
  );
  return Buffer.concat([...parts, listed, end]);
}

/** Numbers of so many bytes, the lowest first. */
function numbers(...values: readonly (readonly [2 | 4, number])[]): Buffer {
  return Buffer.concat(
    values.map(([size, value]) => {
      const bytes = Buffer.alloc(size);
      bytes.writeUIntLE(value, 0, size);
      return bytes;
    }),
  );
}
