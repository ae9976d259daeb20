import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { sha256 } from "../../../oci/digest.ts";
import type { Descriptor } from "../../../oci/media-types.ts";
import { UserError } from "../../../rules/problems.ts";
import { DamagedBlob } from "./damaged-blob.ts";
import { ifThere, onDisk } from "./disk-faults.ts";

/** What registries take as a manifest at most, in bytes; configurations are smaller still. */
const LIMIT = 4 * 1024 * 1024;

/** Reads a manifest or a configuration. @throws UserError when it is not there, too large or damaged */
export async function readBlob(path: string, { digest, size }: Descriptor): Promise<Buffer> {
  if (size > LIMIT) {
    throw new UserError(
      `${digest} has ${size} bytes; a manifest or configuration has at most ${LIMIT}`,
    );
  }
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  return onDisk(path, async () => {
    const file = await ifThere(() => open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
    if (file === undefined) throw new UserError(`${path} is not there; refresh the store`);
    try {
      const found = await file.stat();
      if (found.isFile() && found.size === size) {
        const bytes = await file.readFile();
        if (sha256(bytes) === digest) return bytes;
      }
    } finally {
      await file.close();
    }
    throw new DamagedBlob(
      `${path} is damaged: not ${size} bytes with that digest; slipway cache verify, then refresh the store`,
    );
  });
}
