import type { Snapshot, SnapshotResource } from "./snapshot.ts";
import { differences, type PropertyDifference } from "./snapshot-difference.ts";
import { isIdentity, type ListedInputs, listedInputs } from "./snapshot-properties.ts";
import type { Inputs } from "./snapshot-value.ts";

export type { PropertyDifference } from "./snapshot-difference.ts";

/** A resource as the program declares it; cli/snapshot/declared.ts makes it of a registration. */
export interface Declared {
  /** `aws:iam/role:Role` */
  readonly type: string;
  readonly name: string;
  readonly inputs: Inputs;
}

/** What would become of a resource. */
export interface ResourceChange {
  /** `replace` only where a type's identity changes for certain; an `update` may turn out to be one. */
  readonly change: "create" | "update" | "replace" | "delete";
  readonly type: string;
  readonly name: string;
  /** None of what would be deleted. */
  readonly properties: readonly PropertyDifference[];
}

/** In the place of a property's value that a snapshot may not hold. */
const WITHHELD = "[withheld]";

/**
 * What an apply of the declared resources would change since a snapshot was taken, by type and name: in the order in which
 * they are declared, and then what would be deleted. Types and properties that are not on the list of
 * rules/snapshot-properties.ts do not show, and what is unknown counts as unchanged.
 */
export function changesSince(
  snapshot: Snapshot,
  declared: readonly Declared[],
): readonly ResourceChange[] {
  const gone = new Map(snapshot.resources.map((resource) => [keyOf(resource), resource]));
  const changes = declared.flatMap(({ type, name, inputs }): readonly ResourceChange[] => {
    const listed = listedInputs(type, inputs);
    if (listed === undefined) return [];
    const key = keyOf({ type, name });
    const old = gone.get(key);
    gone.delete(key);
    if (old === undefined) {
      return [{ change: "create", type, name, properties: changedProperties(undefined, listed) }];
    }
    // A program that had another list says nothing of what was not on it.
    const known = snapshot.listed[type] ?? [];
    const properties = changedProperties(old, listed, known).map((one) =>
      isIdentity(type, propertyOf(one.path)) ? { ...one, replace: true as const } : one,
    );
    if (properties.length === 0) return [];
    const change = properties.some(({ replace }) => replace) ? "replace" : "update";
    return [{ change, type, name, properties }];
  });
  const deleted = [...gone.values()].map(({ type, name }) => ({
    change: "delete" as const,
    type,
    name,
    properties: [],
  }));
  return [...changes, ...deleted];
}

/** @param known the properties that are compared; all without it */
function changedProperties(
  old: SnapshotResource | undefined,
  { properties, withheld }: ListedInputs,
  known?: readonly string[],
): readonly PropertyDifference[] {
  const before = { ...old?.properties, ...withheldOf(old?.withheld ?? []) };
  const after: Inputs = { ...properties, ...withheldOf(withheld) };
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names
    .filter((name) => known === undefined || known.includes(name))
    .flatMap((name) => differences(name, before[name], after[name]));
}

function withheldOf(names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, WITHHELD]));
}

/** The property that a path begins with. */
function propertyOf(path: string): string {
  return /^[^.[]*/.exec(path)?.[0] ?? path;
}

function keyOf({ type, name }: { readonly type: string; readonly name: string }): string {
  return JSON.stringify([type, name]);
}
