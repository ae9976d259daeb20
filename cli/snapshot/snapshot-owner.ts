import type { Snapshot } from "../../rules/snapshot.ts";
import { homeOf } from "../publishing/record-run.ts";
import type { Stack } from "../stack.ts";

/** Whose snapshot one is. */
export type SnapshotOwner = Pick<Snapshot, "repository" | "stack" | "channel">;

/** Whose snapshot a stack's is. */
export function snapshotOwner({
  name,
  configuration,
}: Pick<Stack, "name" | "configuration">): SnapshotOwner {
  return { repository: homeOf(configuration), stack: name, channel: configuration.channel };
}

/** Whether both are of one stack; the case of letters means nothing in a repository's name. */
export function isSameOwner(a: SnapshotOwner, b: SnapshotOwner): boolean {
  const isSameRepository = a.repository.toLowerCase() === b.repository.toLowerCase();
  return isSameRepository && a.stack === b.stack && a.channel === b.channel;
}

/** `stack main of pytorch/pytorch, channel main` */
export function ownerText({ repository, stack, channel }: SnapshotOwner): string {
  return `stack ${stack} of ${repository}, channel ${channel}`;
}
