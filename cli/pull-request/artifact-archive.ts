import { crc32 } from "node:zlib";
import { type Entry, fromBufferPromise } from "yauzl";
import { UserError } from "../../rules/problems.ts";

/** Kinds of files in the upper half of a Unix mode. */
const FILE_KIND = 0o170000;
const REGULAR_FILE = 0o100000;

/**
 * The one file of an archive that anybody may have made, read in memory; nothing is written anywhere.
 * @param name the file's, the only one in the archive
 * @param most bytes that the file may have
 * @throws UserError for anything else: another file, several, a link, a password, more than the archive says
 */
export async function onlyFileOf(archive: Buffer, name: string, most: number): Promise<string> {
  try {
    return await read(archive, name, most);
  } catch (error) {
    if (error instanceof UserError) throw error;
    // The reader's words quote names of files.
    const message = error instanceof Error ? JSON.stringify(error.message.slice(0, 200)) : "";
    throw new UserError(`the artifact is no zip archive that can be read (${message})`, {
      cause: error,
    });
  }
}

async function read(archive: Buffer, name: string, most: number): Promise<string> {
  const zip = await fromBufferPromise(archive, { validateEntrySizes: true, strictFileNames: true });
  if (zip.entryCount !== 1) {
    throw new UserError(`the artifact holds ${zip.entryCount} files; it holds ${name} alone`);
  }
  for await (const entry of zip.eachEntry()) {
    const problem = problemOf(entry, name, most);
    if (problem !== undefined) throw new UserError(`the artifact's file ${problem}`);
    const parts: Buffer[] = [];
    // The reader ends with an error on the first byte beyond the size that was looked at.
    for await (const part of await zip.openReadStreamPromise(entry)) parts.push(part as Buffer);
    const content = Buffer.concat(parts);
    if (crc32(content) !== entry.crc32) {
      throw new UserError(`the artifact's file ${name} has another checksum than the archive says`);
    }
    return utf8(content, name);
  }
  throw new UserError(`the artifact holds no file; it holds ${name} alone`);
}

function problemOf(entry: Entry, name: string, most: number): string | undefined {
  const { fileName, uncompressedSize, externalFileAttributes } = entry;
  const kind = (externalFileAttributes >>> 16) & FILE_KIND;
  if (fileName !== name) return `is ${JSON.stringify(fileName.slice(0, 200))}, not ${name}`;
  if (kind !== 0 && kind !== REGULAR_FILE) return `${name} is a link or something else than a file`;
  if (entry.isEncrypted()) return `${name} has a password`;
  if (uncompressedSize > most) return `${name} has ${uncompressedSize} bytes, more than ${most}`;
  return undefined;
}

function utf8(content: Buffer, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    throw new UserError(`the artifact's file ${name} is not UTF-8`);
  }
}
