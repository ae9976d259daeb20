import { rm } from "node:fs/promises";
import writeFileAtomic from "write-file-atomic";
import { isLoginFault } from "../../oci/faults.ts";
import { type Snapshot, snapshotText } from "../../rules/snapshot.ts";
import { outputFile } from "../named-file.ts";
import { readStack } from "../stack.ts";
import { stackOrOwn } from "../workflows/stack-of-run.ts";
import { howToShow } from "./public-package.ts";
import { openSnapshotTag, type SnapshotTag } from "./snapshot-tag.ts";

export interface FetchOptions {
  /** The stack of the workflow run without it. */
  readonly stack?: string;
  /** File for the snapshot, relative to the caller's folder. */
  readonly output: string;
}

/**
 * Writes the snapshot of a stack that was published last to a file, with no login. Where there is none, what the file held
 * before goes: it would be taken for one of today.
 * @returns the exit code
 */
export async function fetchSnapshot({ stack: given, output }: FetchOptions): Promise<number> {
  const file = outputFile("--output", output);
  const name = await stackOrOwn(given);
  const tag = await openSnapshotTag(await readStack(name), "reader");
  if (tag === undefined) {
    return none(file, `no registry of stack ${name} shows anything without a login`);
  }
  const found = await lookUp(tag);
  if ("none" in found) return none(file, found.none);
  const { snapshot } = found;
  await writeFileAtomic(file, snapshotText(snapshot));
  console.log(
    `${output} has the snapshot of stack ${name} at ${snapshot.commit}: ${snapshot.resources.length} resources`,
  );
  return 0;
}

/**
 * The snapshot behind a tag, or why there is none to read. A registry that wants a login is no fault: ghcr.io answers so
 * before the first publication, too.
 */
export async function lookUp(
  tag: SnapshotTag,
): Promise<{ readonly snapshot: Snapshot } | { readonly none: string }> {
  try {
    const snapshot = await tag.read();
    return snapshot === undefined
      ? { none: `none was published yet at ${tag.name}` }
      : { snapshot };
  } catch (error) {
    if (!isLoginFault(error)) throw error;
    return { none: `none was published yet, or it is hidden: ${howToShow(tag.name)}` };
  }
}

async function none(file: string, why: string): Promise<number> {
  await rm(file, { force: true });
  console.log(`no snapshot to fetch: ${why}`);
  return 0;
}
