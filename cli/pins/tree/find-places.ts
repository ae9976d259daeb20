import { resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { ManagedImages } from "../../../rules/pins/managed-images.ts";
import type { PinsFile } from "../../../rules/pins/pins-file.ts";
import type { Place } from "../../../rules/pins/place.ts";
import { candidateFiles } from "./candidate-files.ts";
import { needlesOf } from "./needles.ts";
import { TreeFiles } from "./pinned-file.ts";
import { pinsFileOf } from "./pins-file.ts";

/** What a tree has of managed images. */
export interface FoundPlaces {
  /**
   * By file, line and column. Digests alone are here as they stand, whosever they are: `attribute` says of which image each is
   * and drops those of none.
   */
  readonly places: readonly Place[];
  /** How many files were read: those in which something looks like a reference or a digest, and those that are new to git. */
  readonly files: number;
  /** Files that were not read since they are too large, by path. */
  readonly large: readonly string[];
  readonly config: PinsFile;
}

/** Milliseconds between two lines of progress. */
const PROGRESS = 1000;

/**
 * Finds every reference to a managed image in a tree.
 * @param root a folder: a repository of git, a folder in one, or none
 * @param options.onProgress is told a line, once a second
 * @throws UserError when the tree cannot be searched, or its pins.yaml has faults
 */
export async function findPlaces(
  root: string,
  images: ManagedImages,
  { onProgress }: { readonly onProgress?: (line: string) => void } = {},
): Promise<FoundPlaces> {
  const folder = resolve(root);
  const tree = new TreeFiles(folder);
  const config = await pinsFileOf(folder);
  const found = new Map<string, readonly Place[]>();
  const large: string[] = [];
  let files = 0;
  let told = performance.now();
  const candidates = candidateFiles(folder, needlesOf(images), config.exclude);
  // Git searches while the rest of the program is loaded, and then while the files that it found are read.
  const [first, { scanText }, { readTextFile }] = await Promise.all([
    candidates.next(),
    import("../../../rules/pins/scan.ts"),
    import("../../../rules/pins/text-file.ts"),
  ]);
  for await (const path of resumed(first, candidates)) {
    const file = tree.read(path);
    if (file.kind === "large") large.push(path);
    if (file.kind === "file") {
      files += 1;
      const text = readTextFile(path, file.bytes);
      const places = text === undefined ? [] : scanText(text, images);
      if (places.length > 0) found.set(path, places);
    }
    if (performance.now() - told < PROGRESS) continue;
    told = performance.now();
    onProgress?.(`${files} files read that may have pins, up to ${path}`);
    // What else this process does, such as being interrupted, gets its turn.
    await setImmediate();
  }
  const paths = [...found.keys()].sort();
  const places = paths.flatMap((path) => sorted(found.get(path) ?? []));
  return { places, files, large: large.sort(), config };
}

/** An iteration whose first value was asked for already. */
async function* resumed<T>(
  first: IteratorResult<T, void>,
  rest: AsyncGenerator<T, void>,
): AsyncGenerator<T, void> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}

function sorted(places: readonly Place[]): readonly Place[] {
  return [...places].sort((a, b) => a.line - b.line || a.column - b.column);
}
