import { codeOf } from "../store/disk-faults.ts";
import { StorePaths } from "../store/paths.ts";
import { bytesOf, filesIn } from "./files.ts";
import { blobsIn } from "./orphans.ts";

/** The bytes that a store takes: its blobs, and those under way where this user may look at them. */
export async function storeBytes(folder: string): Promise<number> {
  const { blobs, partials } = new StorePaths(folder);
  return bytesOf(await blobsIn(blobs)) + (await bytesUnderWay(partials));
}

async function bytesUnderWay(folder: string): Promise<number> {
  try {
    return bytesOf(await filesIn(folder));
  } catch (error) {
    // The folder is its writers' alone.
    if (codeOf(error) === "EACCES") return 0;
    throw error;
  }
}
