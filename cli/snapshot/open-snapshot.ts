import { open } from "node:fs/promises";
import { ProblemsError, UserError } from "../../rules/problems.ts";
import { MAX_SNAPSHOT_BYTES, readSnapshot, type Snapshot } from "../../rules/snapshot.ts";
import { namedFile } from "../named-file.ts";
import { stackConfiguration } from "../stack-configuration.ts";
import { isSameOwner, ownerText, snapshotOwner } from "./snapshot-owner.ts";

/**
 * Reads the snapshot of a stack from a file.
 * @param path relative to the caller's folder
 * @throws UserError or ProblemsError when there is none, or one of another version, stack, repository or channel
 */
export async function openSnapshot(stack: string, path: string): Promise<Snapshot> {
  const read = readSnapshot(await textOf(path));
  if ("problems" in read) throw new ProblemsError(path, read.problems);
  const { configuration } = await stackConfiguration(stack);
  const owner = snapshotOwner({ name: stack, configuration });
  const { snapshot } = read;
  if (isSameOwner(snapshot, owner)) return snapshot;
  throw new UserError(
    `${path} is the snapshot of ${ownerText(snapshot)}, and not that of ${ownerText(owner)}; get that: slipway snapshot fetch --stack ${stack} --output ${path}`,
  );
}

async function textOf(path: string): Promise<string> {
  let file;
  try {
    file = await open(namedFile("--snapshot", path));
    const { size } = await file.stat();
    if (size > MAX_SNAPSHOT_BYTES) {
      throw new UserError(
        `${path}: ${size} bytes are more than a snapshot may have (${MAX_SNAPSHOT_BYTES})`,
      );
    }
    return await file.readFile("utf8");
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error)) throw error;
    throw new UserError(
      `${path}: cannot be read (${error.message}); slipway snapshot fetch --output FILE gets one`,
      { cause: error },
    );
  } finally {
    await file?.close();
  }
}
