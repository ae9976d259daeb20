import { accessChanges } from "../../rules/access-changes.ts";
import { stackSettingChanges } from "../../rules/access-stack.ts";
import { type KnownResource, knownResources } from "../../rules/known-resource.ts";
import type { ReportedAccess } from "../../rules/preview-report.ts";
import { changesSince, type Declared, type ResourceChange } from "../../rules/snapshot-changes.ts";
import { shown } from "../../rules/snapshot-value.ts";
import type { Snapshot } from "../../rules/snapshot.ts";
import type { PlannedData } from "./plan-data.ts";

/** One thing that a plan is compared with. */
export interface Reference {
  readonly snapshot: Snapshot;
  readonly resources: readonly KnownResource[];
  /** Of a plan; none of what was applied. */
  readonly declared: readonly Declared[];
}

export interface PlanAccessArgs {
  readonly stack: string;
  /** What the report is compared with, and the base's own plan where that is another. */
  readonly references: readonly Reference[];
  /** Absent where there is none beside the checkout. */
  readonly base?: PlannedData;
  readonly planned: PlannedData["planned"];
  /** Types of which a snapshot did not tell, so that it was not used. */
  readonly notTold: readonly string[];
}

/**
 * Who may do what after a change and could not before: since what was applied and since the base's own plan, each once. A
 * snapshot lies on a registry where others than those who apply may write, so that it alone cannot say that nothing changes.
 */
export function planAccess(args: PlanAccessArgs): readonly ReportedAccess[] {
  const { stack, references, base, planned } = args;
  const now = knownResources(planned.declared);
  const told = [
    ...cautions(args),
    ...references.flatMap((one) =>
      accessChanges({ old: one.resources, now, changes: changesFrom(one, planned.declared) }),
    ),
    ...(base === undefined || planned.settings === undefined
      ? []
      : stackSettingChanges(stack, base.planned.settings, planned.settings)),
  ];
  const once = new Map(told.map((one) => [JSON.stringify(one), one]));
  return [...once.values()];
}

/** What could not be compared with. */
function cautions({ stack, base, notTold }: PlanAccessArgs): readonly ReportedAccess[] {
  const about = { kind: "setting", of: "stack", holder: stack, new: "not compared with" } as const;
  const snapshot = { ...about, setting: "snapshot of what is applied" };
  return [
    ...(notTold.length > 0 ? [{ ...snapshot, old: `does not tell of ${notTold.join(", ")}` }] : []),
    ...((base?.failures.length ?? 0) > 0
      ? [{ ...about, setting: "plan of the base", old: "failed" }]
      : []),
  ];
}

/** What becomes of a reference's resources. */
export function changesFrom(
  { snapshot, declared: old }: Reference,
  now: readonly Declared[],
): readonly ResourceChange[] {
  return changesSince(snapshot, now).flatMap((change) => withoutSameUnknowns(change, old, now));
}

/** Without properties that two plans know the same of: a snapshot of a plan withholds what is unknown in part. */
function withoutSameUnknowns(
  change: ResourceChange,
  old: readonly Declared[],
  now: readonly Declared[],
): readonly ResourceChange[] {
  if (change.change !== "update" || old.length === 0) return [change];
  const [was, is] = [old, now].map((all) =>
    all.find(({ type, name }) => type === change.type && name === change.name),
  );
  const text = (resource: Declared | undefined, property: string) =>
    JSON.stringify(shown(resource?.inputs[property] ?? null));
  const properties = change.properties.filter(({ path }) => {
    const [property = ""] = path.split(/[.[]/);
    return text(was, property) !== text(is, property);
  });
  return properties.length === 0 ? [] : [{ ...change, properties }];
}
