import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { ifThere, onDisk } from "./disk-faults.ts";
import { readLayoutIndex, type LayoutIndex } from "./layout-index.ts";

/** Reads indexes of layouts, each again only when its file is another one: a server looks at all of them for every request. */
export class IndexReader {
  readonly #known = new Map<string, { readonly stamp: string; readonly index: LayoutIndex }>();

  /** @throws ProblemsError unless all of it is what a store writes */
  async read(folder: string, kind: "channel" | "former"): Promise<LayoutIndex | undefined> {
    const stamp = await fileStamp(join(folder, "index.json"));
    const known = this.#known.get(folder);
    if (known !== undefined && known.stamp === stamp) return known.index;
    this.#known.delete(folder);
    // One that is written after the look at its file is read once more the next time.
    const index = await readLayoutIndex(folder, kind);
    if (index !== undefined && stamp !== undefined) this.#known.set(folder, { stamp, index });
    return index;
  }
}

/** Changes with a file that takes another's place: indexes are never written over. */
async function fileStamp(path: string): Promise<string | undefined> {
  const stats = await onDisk(path, () => ifThere(() => lstat(path, { bigint: true })));
  if (stats === undefined) return undefined;
  const { ino, size, mtimeNs, ctimeNs } = stats;
  return [ino, size, mtimeNs, ctimeNs].join(" ");
}
