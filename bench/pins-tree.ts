import { createCipheriv, createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";

export const FILES = 20_000;
export const BYTES = 500_000_000;
export const NAME = "therock_build_manylinux_x86_64";
/** How many places {@link writePinsTree} writes. */
export const PINS = 240;

/** One file in so many is a binary, as large as all those have their share of the bytes. */
const BINARY_EACH = 20;
const BINARY_BYTES = 150_000;
const TEXT_BYTES = (BYTES - (FILES / BINARY_EACH) * BINARY_BYTES) / (FILES - FILES / BINARY_EACH);
const PINNED_EACH = 200;
const FOLDERS = 250;

/** Source text of one large program: each file is another piece of it. */
const SOURCE = join(import.meta.dirname, "../node_modules/typescript/lib/typescript.js");

/**
 * Writes a repository as a large project's is: sources, one file in twenty a binary, some with pins, some with digests of other
 * things, many that mention an image's name in a sentence or for a runner. All of it is tracked.
 */
export async function writePinsTree(folder: string): Promise<void> {
  const source = await readFile(SOURCE);
  for (let index = 0; index < FILES; index += 1) {
    const path = join(folder, `part${index % FOLDERS}`, `module${index % 7}`, nameOf(index));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, index % BINARY_EACH === 0 ? binary(index) : text(source, index));
  }
  await execa("git", ["init", "--quiet"], { cwd: folder });
  await execa("git", ["add", "--all"], { cwd: folder });
}

function nameOf(index: number): string {
  if (index % BINARY_EACH === 0) return `asset${index}.bin`;
  return `file${index}${[".py", ".yml", ".md", ".cpp", ".sh"][index % 5] ?? ""}`;
}

/** Bytes that look random, the same in every run. */
function binary(index: number): Buffer {
  const nonce = Buffer.alloc(16);
  nonce.writeUInt32LE(index);
  return createCipheriv("aes-128-ctr", Buffer.alloc(16), nonce).update(Buffer.alloc(BINARY_BYTES));
}

function text(source: Buffer, index: number): Buffer {
  const extra = Buffer.from(linesOf(index));
  const from = (index * 7919 * 13) % (source.length - TEXT_BYTES);
  const length = TEXT_BYTES - extra.length;
  const half = Math.floor(length / 2);
  return Buffer.concat([
    source.subarray(from, from + half),
    extra,
    source.subarray(from + half, from + length),
  ]);
}

function linesOf(index: number): string {
  const hex = createHash("sha256").update(String(index)).digest("hex");
  if (index % PINNED_EACH === 1) {
    return `\nimage: ghcr.io/rocm/${NAME}@sha256:${hex} # 2026-08-18\n`;
  }
  if (index % PINNED_EACH === 2) {
    return `\nIMAGE = (\n    "ghcr.io/rocm/no_rocm_image_ubuntu24_04@"\n    "sha256:${hex}"\n)\n`;
  }
  if (index % (PINNED_EACH * 5) === 3) return `\nFROM ubuntu:24.04@sha256:${hex}\n`;
  if (index % (PINNED_EACH * 5) === 4) return `\ncontainer: ghcr.io/ROCm/ci-image:main\n`;
  if (index % 100 === 7) return `\nchecksum: sha256:${hex}\n`;
  if (index % 100 === 9) return `\nimage: ghcr.io/somebody/else@sha256:${hex}\n`;
  if (index % 20 === 11) return "\n    runs-on: ubuntu-24.04\n";
  if (index % 50 === 13) return `\n# Built on ubuntu, see docs/${NAME} and the ci-image.\n`;
  return "\n";
}
