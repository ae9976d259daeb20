import { constants, type Stats } from "node:fs";
import { lstatSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { CANDIDATE_FILE } from "../../rules/candidate-file.ts";
import { MOST_LAYERS } from "../../rules/candidate-layout.ts";
import { printable } from "../../rules/printable.ts";
import type { Problem } from "../../rules/problems.ts";
import { entriesOf } from "../pull-request/take-data-walk.ts";

/** The files beside `blobs/`. */
const LAYOUT_FILES = ["oci-layout", "index.json", CANDIDATE_FILE] as const;
const BLOB = /^[0-9a-f]{64}$/;
const LONGEST_SHOWN = 200;
/** Names of a folder that are looked at: an image's manifest, its configuration and its layers. */
const MOST_ENTRIES = MOST_LAYERS + 2;

/** What lies in a candidate's folder. */
export interface LayoutWalk {
  readonly problems: readonly Problem[];
  /** Sizes in bytes by digest: `sha256:...`. */
  readonly blobs: ReadonlyMap<string, number>;
}

/**
 * Lists a folder that anybody may have written: the files of a layout, blobs by their digests, and nothing else. Follows no link and
 * opens no file.
 * @param folder absolute path of a real folder
 */
export function walkLayout(folder: string): LayoutWalk {
  const problems: Problem[] = [];
  const blobs = new Map<string, number>();
  const found = new Set<string>();
  const look = (path: string, kind: "file" | "folder"): Stats | undefined => {
    const stats = lstatSync(join(folder, path), { throwIfNoEntry: false });
    const message = kindProblem(stats, kind);
    if (message === undefined) return stats;
    problems.push({ path, message });
    return undefined;
  };
  const enter = (below: string, take: (name: string, path: string) => void): void => {
    let entries = 0;
    for (const { name: bytes } of entriesOf(join(folder, below))) {
      entries += 1;
      if (entries > MOST_ENTRIES) {
        problems.push({ path: below, message: `more than ${MOST_ENTRIES} files` });
        return;
      }
      const name = bytes.toString("utf8");
      const path = below === "." ? name : `${below}/${name}`;
      take(name, printable(path, LONGEST_SHOWN));
    }
  };
  const surplus = (path: string) =>
    problems.push({ path, message: "does not belong to a candidate" });

  enter(".", (name, path) => {
    if (name !== "blobs" && !LAYOUT_FILES.some((file) => file === name)) surplus(path);
    else found.add(name);
  });
  for (const file of LAYOUT_FILES) if (found.has(file)) look(file, "file");
  const missing = [...LAYOUT_FILES, "blobs"].filter((name) => !found.has(name));
  problems.push(...missing.map((path) => ({ path, message: "missing" })));
  if (!found.has("blobs") || look("blobs", "folder") === undefined) return { problems, blobs };

  const kinds: string[] = [];
  enter("blobs", (name, path) => {
    if (name === "sha256") kinds.push(name);
    else surplus(path);
  });
  if (kinds.length === 0) problems.push({ path: "blobs/sha256", message: "missing" });
  else if (look("blobs/sha256", "folder") !== undefined) {
    enter("blobs/sha256", (name, path) => {
      if (!BLOB.test(name)) {
        surplus(path);
        return;
      }
      const stats = look(`blobs/sha256/${name}`, "file");
      if (stats !== undefined) blobs.set(`sha256:${name}`, stats.size);
    });
  }
  return { problems, blobs };
}

/**
 * A small file as text.
 * @param limit bytes
 * @returns why it is not read, where it is not
 */
export async function readSmallText(
  path: string,
  limit: number,
): Promise<{ readonly text: string } | { readonly problem: string }> {
  const { bytes, problem } = await readSmall(path, limit);
  if (bytes === undefined) return { problem: problem ?? "cannot be read" };
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { problem: "is not UTF-8" };
  }
}

async function readSmall(
  path: string,
  limit: number,
): Promise<{ readonly bytes?: Buffer; readonly problem?: string }> {
  const file = await openPlain(path);
  if (file === undefined) return { problem: "is no file" };
  try {
    const { size } = await file.stat();
    if (size > limit) return { problem: `${size} bytes; at most ${limit} are read` };
    const bytes = Buffer.alloc(limit + 1);
    const { bytesRead } = await file.read(bytes, 0, limit + 1, 0);
    if (bytesRead !== size) return { problem: "changed while it was read" };
    return { bytes: bytes.subarray(0, bytesRead) };
  } finally {
    await file.close();
  }
}

/** Opens a regular file, following no link and waiting for no pipe; undefined for anything else. */
export async function openPlain(path: string) {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(() => undefined);
  if (file === undefined) return undefined;
  if ((await file.stat()).isFile()) return file;
  await file.close();
  return undefined;
}

function kindProblem(stats: Stats | undefined, kind: "file" | "folder"): string | undefined {
  if (stats === undefined) return "was deleted meanwhile";
  if (kind === "file" ? stats.isFile() : stats.isDirectory()) return undefined;
  if (stats.isSymbolicLink()) return "is a symbolic link, which is not followed";
  if (stats.isFile() || stats.isDirectory()) return `is no ${kind}`;
  return "is a device, a pipe or a socket";
}

/** Where a blob lies in a layout. */
export function blobPath({ digest }: { readonly digest: string }): string {
  return `blobs/${digest.replace(":", "/")}`;
}
