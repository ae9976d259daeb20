import { open } from "node:fs/promises";
import type { RunResult } from "../../engine/events.ts";
import type { Registration } from "../../engine/monitor.ts";
import { ProblemsError, UserError } from "../../rules/problems.ts";
import { MAX_SNAPSHOT_BYTES, readSnapshot, type Snapshot } from "../../rules/snapshot.ts";
import { changesSince, type ResourceChange } from "../../rules/snapshot-changes.ts";
import { runEmbedded } from "../embedded.ts";
import { homeOf } from "../publishing/record-run.ts";
import { stackConfiguration } from "../stack-configuration.ts";
import { declaredResources } from "./declared.ts";

/** What a stack declares, and what that would change. */
export interface PlanAgainst {
  readonly result: RunResult;
  /** Everything the program declared, components too. */
  readonly declared: readonly Registration[];
  /** What it was compared with; absent without a file. */
  readonly since?: {
    readonly snapshot: Snapshot;
    /** None where the plan failed: half a stack would look as if the other half were to be deleted. */
    readonly changes: readonly ResourceChange[];
  };
}

/**
 * Plans a stack and compares it with a snapshot; asks no network and wants no credential.
 * @throws UserError or ProblemsError when the file is no snapshot of this stack
 */
export async function planAgainst(
  stack: string,
  snapshotFile: string | undefined,
): Promise<PlanAgainst> {
  const snapshot = snapshotFile === undefined ? undefined : await openSnapshot(stack, snapshotFile);
  const declared: Registration[] = [];
  const result = await runEmbedded(stack, "plan", { onDeclared: (one) => declared.push(one) });
  if (snapshot === undefined) return { result, declared };
  const changes = result.ok ? changesSince(snapshot, declaredResources(declared)) : [];
  return { result, declared, since: { snapshot, changes } };
}

/**
 * Reads the snapshot of a stack from a file.
 * @throws UserError or ProblemsError when there is none, or one of another stack, repository or channel
 */
export async function openSnapshot(stack: string, path: string): Promise<Snapshot> {
  const read = readSnapshot(await textOf(path));
  if ("problems" in read) throw new ProblemsError(path, read.problems);
  const { configuration } = await stackConfiguration(stack);
  const of = { repository: homeOf(configuration), stack, channel: configuration.channel };
  const { snapshot } = read;
  const isSame =
    snapshot.repository.toLowerCase() === of.repository.toLowerCase() &&
    snapshot.stack === of.stack &&
    snapshot.channel === of.channel;
  if (isSame) return snapshot;
  throw new UserError(
    `${path} is the snapshot of ${placeOf(snapshot)}, and not that of ${placeOf(of)}; get that: slipway snapshot fetch --stack ${stack} --output ${path}`,
  );
}

function placeOf({
  repository,
  stack,
  channel,
}: Pick<Snapshot, "repository" | "stack" | "channel">): string {
  return `stack ${stack} of ${repository}, channel ${channel}`;
}

async function textOf(path: string): Promise<string> {
  let file;
  try {
    file = await open(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(
      `${path}: cannot be read (${why}); slipway snapshot fetch --output FILE gets one`,
      { cause: error },
    );
  }
  try {
    const { size } = await file.stat();
    if (size > MAX_SNAPSHOT_BYTES) {
      throw new UserError(
        `${path}: ${size} bytes are more than a snapshot may have (${MAX_SNAPSHOT_BYTES})`,
      );
    }
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}
