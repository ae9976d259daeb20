import type { FileHandle } from "node:fs/promises";
import { sha256 } from "../../../oci/digest.ts";
import type { Descriptor } from "../../../oci/media-types.ts";
import { UserError } from "../../../rules/problems.ts";
import { DamagedBlob } from "./damaged-blob.ts";
import { ifThere, onDisk } from "./disk-faults.ts";
import type { OpenForReading } from "./open-for-reading.ts";

/** No registry takes a larger manifest. Bytes. @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests */
export const MANIFEST_LIMIT = 4 * 1024 ** 2;

/** Reads a manifest or a configuration. @throws UserError when it is not there, too large or damaged */
export async function readBlob(
  path: string,
  { digest, size }: Descriptor,
  open: OpenForReading,
): Promise<Buffer> {
  if (size > MANIFEST_LIMIT) {
    throw new UserError(
      `${digest} has ${size} bytes; a manifest or configuration has at most ${MANIFEST_LIMIT}`,
    );
  }
  return onDisk(path, async () => {
    const file = await ifThere(() => open(path));
    if (file === undefined) throw new UserError(`${path} is not there; refresh the store`);
    try {
      const bytes = await wholeBytes(file, { digest, size });
      if (bytes !== undefined) return bytes;
    } finally {
      await file.close();
    }
    throw new DamagedBlob(
      `${path} is damaged: not ${size} bytes with that digest; slipway cache verify --discard-damaged, then refresh the store`,
    );
  });
}

/** All of a file; undefined unless it is a file of that size with that digest. */
export async function wholeBytes(
  file: FileHandle,
  { digest, size }: Pick<Descriptor, "digest" | "size">,
): Promise<Buffer | undefined> {
  const found = await file.stat();
  if (!found.isFile() || found.size !== size) return undefined;
  const bytes = await file.readFile();
  return sha256(bytes) === digest ? bytes : undefined;
}
