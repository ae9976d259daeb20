import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import type { Descriptor } from "../../oci/media-types.ts";
import { UserError } from "../../rules/problems.ts";
import type { Store } from "./store/store.ts";

/** Large enough that a call for each costs nothing, small enough that the garbage of many is nothing. */
const PIECE = 256 * 1024;

/** The bytes of a blob of a store, as they are on its disk. @throws UserError when its length is another */
export async function blobStream(
  store: Store,
  { digest, size }: Pick<Descriptor, "digest" | "size">,
): Promise<Readable> {
  const { O_RDONLY, O_NOFOLLOW } = constants;
  const file = await open(store.blobPath(digest), O_RDONLY | O_NOFOLLOW);
  const found = await file.stat();
  if (found.isFile() && found.size === size) return file.createReadStream({ highWaterMark: PIECE });
  await file.close();
  throw new UserError(
    `${digest} has ${found.size} bytes in the store, not ${size}; slipway cache verify, then refresh the store`,
  );
}
