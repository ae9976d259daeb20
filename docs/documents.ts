import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import pLimit from "p-limit";
import { format, resolveConfig } from "prettier";

const ROOT = join(import.meta.dirname, "..");
const BLOCK = /(<!-- slipway (.+?) -->\n).*?(<!-- \/slipway -->)/gs;
/** Commands at once: each is a process that is mostly its start. */
const limit = pLimit(2);

/**
 * A document's text as it should be, formatted: between `<!-- slipway ARGUMENTS -->` and `<!-- /slipway -->` stands what
 * `slipway ARGUMENTS` prints. Arguments are separated by spaces and hold none. A
 * document without such a place stays as it is.
 */
export async function generated(text: string): Promise<string> {
  const blocks = [...text.matchAll(BLOCK)];
  if (blocks.length === 0) return text;
  const printed = await Promise.all(
    blocks.map(([, , command = ""]) => limit(() => slipway(command.split(" ")))),
  );
  const filled = text.replaceAll(
    BLOCK,
    (_, begin: string, __, end: string) => `${begin}\n${printed.shift() ?? ""}\n\n${end}`,
  );
  const config = await resolveConfig(join(ROOT, "package.json"));
  return format(filled, { ...config, parser: "markdown" });
}

/** Every document of this folder, by absolute path. */
export async function documents(): Promise<readonly string[]> {
  const names = await readdir(import.meta.dirname);
  return names
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(import.meta.dirname, name));
}

async function slipway(args: readonly string[]): Promise<string> {
  const { stdout } = await execa(process.execPath, [join(ROOT, "cli/main.ts"), ...args], {
    cwd: ROOT,
  });
  return stdout;
}
