import type { RunResult } from "../../engine/events.ts";
import type { Registration } from "../../engine/monitor.ts";
import type { Snapshot } from "../../rules/snapshot.ts";
import type { ResourceChange } from "../../rules/snapshot-changes.ts";
import { runEmbedded } from "../embedded.ts";

/** What a stack declares, and what that would change. */
export interface PlanAgainst {
  readonly result: RunResult;
  /** Everything the program declared, components too. */
  readonly declared: readonly Registration[];
  /** What it was compared with; absent without a file, and where the plan failed: half a stack tells nothing of the other. */
  readonly since?: Comparison;
}

/** A plan held against a snapshot. */
export interface Comparison {
  readonly snapshot: Snapshot;
  readonly changes: readonly ResourceChange[];
  /** How many declared resources of types on the list would stay as they are. */
  readonly same: number;
}

/**
 * Plans a stack and compares it with a snapshot; asks no network and wants no credential.
 * @param snapshotFile relative to the caller's folder
 * @throws UserError or ProblemsError when the file is no snapshot of this stack
 */
export async function planAgainst(
  stack: string,
  snapshotFile: string | undefined,
): Promise<PlanAgainst> {
  const opened = snapshotFile === undefined ? undefined : await open(stack, snapshotFile);
  const declared: Registration[] = [];
  const result = await runEmbedded(stack, "plan", { onDeclared: (one) => declared.push(one) });
  return { result, declared, ...(opened && result.ok && { since: await opened(declared) }) };
}

/** Reads the file before anything is planned. What it needs is not loaded for a plan without one. */
async function open(
  stack: string,
  file: string,
): Promise<(declared: readonly Registration[]) => Promise<Comparison>> {
  const { openSnapshot } = await import("./open-snapshot.ts");
  const snapshot = await openSnapshot(stack, file);
  return async (registrations) => {
    const [{ changesSince }, { isListed }, { declaredResources }] = await Promise.all([
      import("../../rules/snapshot-changes.ts"),
      import("../../rules/snapshot-properties.ts"),
      import("./declared.ts"),
    ]);
    const declared = declaredResources(registrations);
    const changes = changesSince(snapshot, declared);
    const touched = changes.filter(({ change }) => change !== "delete").length;
    const same = declared.filter(({ type }) => isListed(type)).length - touched;
    return { snapshot, changes, same };
  };
}
