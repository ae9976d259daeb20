import { constants } from "node:fs";
import { lstat, open, readdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../../rules/problems.ts";
import { ifThere, onDisk } from "./disk-faults.ts";
import { isFolder, makeFolder, OWN_FOLDER_MODE, removeLeftover } from "./folders.ts";
import { layoutIndexText } from "./layout-index.ts";
import { makeLayout, removeLayout } from "./layout.ts";
import { MARKER, RECORD, TEMPORARY, StorePaths } from "./paths.ts";
import { replaceFile } from "./replace-file.ts";
import { keepReserve } from "./space-reserve.ts";
import type { OnStep } from "./steps.ts";
import { checkWriter, storeAt } from "./writer-check.ts";

const VERSION = 1;
const MARKER_TEXT = `${JSON.stringify({ version: VERSION })}\n`;
/** More than a marker of any version has, in bytes. */
const MARKER_LIMIT = 4096;
const OUR_NAMES = ["blobs", "channels", "former", "partial", "locks"];
/** A file system's own, where a whole one is the store. */
export const LOST_AND_FOUND = "lost+found";
const MOST_SHOWN = 5;

/** Finds a store for a reader. @throws UserError when there is none, or one of another version */
export async function openStoreFolder(folder: string): Promise<StorePaths> {
  const found = await storeAt(folder);
  const real = found && (await onDisk(folder, () => realpath(folder)));
  const paths = new StorePaths(real ?? folder);
  if (real === undefined || !(await hasMarker(paths))) {
    throw new UserError(
      `${folder} is no image store${real === undefined ? "; there is no such folder" : ` (it has no ${MARKER})`}; slipway cache refresh --store ${folder} makes one`,
    );
  }
  for (const path of [join(real, "blobs"), paths.blobs, paths.channels, paths.former]) {
    if (!(await isFolder(path))) throw new UserError(`${path} lacks; refresh the store`);
  }
  return paths;
}

/**
 * Makes of a folder what can be locked for {@link completeStoreFolder}.
 * @throws UserError when it is no store and holds other things
 */
export async function prepareStoreFolder(folder: string, onStep: OnStep): Promise<StorePaths> {
  if (!(await checkWriter(folder))) await makeFolder(folder, onStep);
  const paths = new StorePaths(await onDisk(folder, () => realpath(folder)));
  if (!(await hasMarker(paths))) await refuseOtherThings(paths);
  await makeFolder(paths.locks, onStep, OWN_FOLDER_MODE);
  return paths;
}

/** Makes what a store lacks, the marker last, and removes what killed runs left. For who holds the lock of the indexes. */
export async function completeStoreFolder(paths: StorePaths, onStep: OnStep): Promise<void> {
  await makeFolder(join(paths.folder, "blobs"), onStep);
  await makeFolder(paths.blobs, onStep);
  await makeFolder(paths.channels, onStep);
  await makeFolder(paths.partials, onStep, OWN_FOLDER_MODE);
  await makeLayout(paths.former, paths.folder, onStep);
  for (const folder of [paths.folder, paths.former, ...(await channelFolders(paths))]) {
    for (const name of await onDisk(folder, () => readdir(folder))) {
      if (name.endsWith(TEMPORARY)) await removeLeftover(join(folder, name), onStep);
    }
  }
  for (const folder of await channelFolders(paths)) {
    if (!(await isThere(join(folder, "index.json")))) await removeLayout(folder, onStep);
  }
  const under = new Set(await onDisk(paths.partials, () => readdir(paths.partials)));
  for (const name of under) {
    // Of a blob that was moved: the record is removed after it.
    const isRecord = name.endsWith(RECORD) && !under.has(name.slice(0, -RECORD.length));
    if (isRecord) await removeLeftover(join(paths.partials, name), onStep);
  }
  const former = join(paths.former, "index.json");
  if (!(await isThere(former))) {
    await replaceFile(former, layoutIndexText({ images: [] }), "former", onStep);
  }
  await keepReserve(paths.reserve());
  if (!(await hasMarker(paths))) await replaceFile(paths.marker, MARKER_TEXT, "marker", onStep);
}

/** The folders of channels, those of killed runs too that have no index yet. */
export async function channelFolders({ channels }: StorePaths): Promise<readonly string[]> {
  const folders: string[] = [];
  for (const name of await onDisk(channels, () => readdir(channels))) {
    const folder = join(channels, name);
    // One that a writer removes meanwhile is none any more.
    if (await isFolder(folder)) folders.push(folder);
  }
  return folders;
}

async function isThere(path: string): Promise<boolean> {
  return (await onDisk(path, () => ifThere(() => lstat(path)))) !== undefined;
}

/** @throws UserError when the store is of another version */
async function hasMarker({ marker }: StorePaths): Promise<boolean> {
  const text = await onDisk(marker, () => ifThere(() => readMarker(marker)));
  if (text === undefined || text === MARKER_TEXT) return text !== undefined;
  throw new UserError(
    `${marker}: this program knows stores of version ${VERSION} only; use the program that made this one, or another folder`,
  );
}

async function readMarker(path: string): Promise<string> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(MARKER_LIMIT), 0, MARKER_LIMIT, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}

async function refuseOtherThings({ folder }: StorePaths): Promise<void> {
  const names = await onDisk(folder, () => readdir(folder));
  const others = names.filter(
    (name) =>
      !OUR_NAMES.includes(name) &&
      name !== LOST_AND_FOUND &&
      !(name.startsWith(MARKER) && name.endsWith(TEMPORARY)),
  );
  if (others.length === 0) return;
  const shown = others.sort().slice(0, MOST_SHOWN).join(", ");
  const more = others.length > MOST_SHOWN ? ` and ${others.length - MOST_SHOWN} more` : "";
  throw new UserError(
    `${folder} is no image store and holds other things (${shown}${more}); name a folder that is empty or not there yet`,
  );
}
