import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { contextFiles } from "../context/walk.ts";
import { median } from "./measure.ts";

const FILES = 10_000;
const FOLDERS = 100;
const BYTES_EACH = 100_000;
const TIMES = 5;

/**
 * Hashing a build context of 10,000 files and 1 GB, beside `sha256sum` over the same files; both on a warm cache, in turn.
 */
export async function keysBenchmark(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "slipway-bench-keys-"));
  try {
    const paths = await writeContext(folder);
    const input = paths.map((path) => `${path}\0`).join("");
    const sums = () =>
      execa("xargs", ["-0", "sha256sum"], { input, cwd: folder, stdout: "ignore" }).then(
        () => undefined,
      );
    const [ours, theirs]: [number[], number[]] = [[], []];
    // The first run of each warms the cache.
    for (let run = 0; run <= TIMES; run += 1) {
      const hashed = await seconds(() => contextFiles(folder));
      const summed = await seconds(sums);
      if (run === 0) continue;
      ours.push(hashed);
      theirs.push(summed);
    }
    return [
      `hashing a build context of ${FILES} files and ${(FILES * BYTES_EACH) / 1e9} GB, median of ${TIMES}`,
      `  slipway      ${median(ours).toFixed(2)} s`,
      `  sha256sum    ${median(theirs).toFixed(2)} s`,
      `  ratio        ${(median(ours) / median(theirs)).toFixed(2)}`,
    ].join("\n");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Returns the files' paths in the folder. */
async function writeContext(folder: string): Promise<readonly string[]> {
  for (let index = 0; index < FOLDERS; index += 1) await mkdir(join(folder, String(index)));
  const content = randomBytes(BYTES_EACH);
  for (let index = 0; index < FILES; index += 1) {
    content.writeUInt32LE(index);
    await writeFile(join(folder, String(index % FOLDERS), `${index}.bin`), content);
  }
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

async function seconds(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await run();
  return (performance.now() - started) / 1000;
}
