import { join } from "node:path";
import { sha256 } from "../../../oci/digest.ts";
import type { Descriptor } from "../../../oci/media-types.ts";
import { UserError } from "../../../rules/problems.ts";
import { damageRemedy, DamagedBlob } from "./damaged-blob.ts";
import { ifThere, onDisk } from "./disk-faults.ts";
import type { OpenForReading } from "./open-for-reading.ts";

/** No registry takes a larger manifest. Bytes. @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests */
export const MANIFEST_LIMIT = 4 * 1024 ** 2;

/** The store of a blob, from its file: `STORE/blobs/sha256/<hex>`. */
const ABOVE_BLOBS = "../../..";

/** Why a manifest or configuration cannot be read. */
export type BlobFault = "missing" | "damaged" | "too large";

/** Reads a manifest or a configuration. @throws UserError when it is not there, too large or damaged */
export async function readBlob(
  path: string,
  blob: Descriptor,
  open: OpenForReading,
): Promise<Buffer> {
  const { digest, size } = blob;
  const found = await bytesOrFault(path, blob, open);
  if (found === "too large") {
    throw new UserError(
      `${digest} has ${size} bytes; a manifest or configuration has at most ${MANIFEST_LIMIT}`,
    );
  }
  if (found === "missing") throw new UserError(`${path} is not there; refresh the store`);
  if (found === "damaged") {
    throw new DamagedBlob(
      `${path} is damaged: not ${size} bytes with that digest; ${damageRemedy(join(path, ABOVE_BLOBS))}, bring it back`,
    );
  }
  return found;
}

/** The bytes of a manifest or a configuration, for who says in other words what is wrong with it. */
export async function bytesOrFault(
  path: string,
  { digest, size }: Pick<Descriptor, "digest" | "size">,
  open: OpenForReading,
): Promise<Buffer | BlobFault> {
  if (size > MANIFEST_LIMIT) return "too large";
  return onDisk(path, async () => {
    const file = await ifThere(() => open(path));
    if (file === undefined) return "missing";
    try {
      const status = await file.stat();
      if (!status.isFile() || status.size !== size) return "damaged";
      const bytes = await file.readFile();
      return sha256(bytes) === digest ? bytes : "damaged";
    } finally {
      await file.close();
    }
  });
}
