/* Programs that stand on PATH in the place of real ones, and keep the arguments they were called with. */
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Writes a shell script `name` into a folder for PATH. Each call adds its arguments as a line to `<folder>/<name>.calls`;
 * then the script's own lines run.
 */
export async function fakeProgram(folder: string, name: string, lines: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o777); // Another user may be the one who calls it.
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\necho "$*" >> ${folder}/${name}.calls\n${lines}\n`);
  await chmod(path, 0o755);
}

/** The arguments of each call, in order. */
export async function callsOf(folder: string, name: string): Promise<string[]> {
  const text = await readFile(join(folder, `${name}.calls`), "utf8").catch(() => "");
  return text.split("\n").filter((line) => line !== "");
}
