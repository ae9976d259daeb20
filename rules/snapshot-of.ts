import { SNAPSHOT_VERSION, type Snapshot, type SnapshotResource } from "./snapshot.ts";
import type { Declared } from "./snapshot-changes.ts";
import { LISTED, listedInputs } from "./snapshot-properties.ts";
import { isKnown } from "./snapshot-value.ts";

/**
 * The snapshot of what was applied: of every resource what the list lets through, and nothing of types that it does not have.
 * @param applied inputs as last applied
 */
export function snapshotOf(
  place: Pick<Snapshot, "repository" | "stack" | "channel" | "commit">,
  applied: readonly Declared[],
): Snapshot {
  const { repository, stack, channel, commit } = place;
  const listed = Object.entries(LISTED).map(
    ([type, { properties }]) => [type, Object.keys(properties)] as const,
  );
  return {
    version: SNAPSHOT_VERSION,
    repository,
    stack,
    channel,
    commit,
    listed: Object.fromEntries(listed),
    resources: applied.flatMap(resourceOf).sort(byTypeAndName),
  };
}

function resourceOf({ type, name, inputs }: Declared): readonly SnapshotResource[] {
  const found = listedInputs(type, inputs);
  if (found === undefined) return [];
  const properties: Record<string, SnapshotResource["properties"][string]> = {};
  const withheld = [...found.withheld];
  for (const [property, value] of Object.entries(found.properties)) {
    if (isKnown(value)) properties[property] = value;
    else withheld.push(property);
  }
  return [{ type, name, properties, withheld }];
}

function byTypeAndName(a: SnapshotResource, b: SnapshotResource): number {
  return compare(a.type, b.type) || compare(a.name, b.name);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
