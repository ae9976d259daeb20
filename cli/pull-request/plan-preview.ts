import { realpath } from "node:fs/promises";
import { accessChanges } from "../../rules/access-changes.ts";
import { stackSettingChanges } from "../../rules/access-stack.ts";
import { imageChanges, type StackImages } from "../../rules/image-changes.ts";
import { imageLabel, namedImages } from "../../rules/image-resource.ts";
import { type KnownResource, knownResources } from "../../rules/known-resource.ts";
import { nameMoves } from "../../rules/name-moves.ts";
import type { ReportedResource } from "../../rules/preview-report.ts";
import type { WholeReport } from "../../rules/preview-report-fit.ts";
import { retentionChanges } from "../../rules/retention-changes.ts";
import { changesSince, type Declared, type ResourceChange } from "../../rules/snapshot-changes.ts";
import { snapshotOf } from "../../rules/snapshot-of.ts";
import { shown } from "../../rules/snapshot-value.ts";
import type { Snapshot } from "../../rules/snapshot.ts";
import { PROJECT_ROOT } from "../project-root.ts";
import { commitOf, ownCommit } from "./plan-commits.ts";
import { planData, type PlannedData } from "./plan-data.ts";
import { withDataOf } from "./plan-project.ts";
import { appliedBefore, missingStack } from "./plan-reference.ts";
import type { PlannedImage } from "./planned-stack.ts";
import type { DataFault } from "./take-data-walk.ts";

const NO_ENTRIES = { resources: [], images: [], names: [], access: [], retention: [] };

/** What is planned, and what it is compared with. */
export interface PreviewArgs {
  /** Absolute path of the pull request's checkout. */
  readonly checkout: string;
  readonly stack: string;
  /** Absolute path; absent where nothing was applied yet. */
  readonly snapshot?: string;
}

/** Of a file's text, which a stack that is not there has none of. */
const NO_CHANNEL = "main";
const NOTHING: PlannedData = { planned: { declared: [], images: [] }, failures: [] };

/**
 * The report where nothing could be planned.
 * @param channel of a pull request's base branch
 */
export function failedReport(
  { stack, channel = NO_CHANNEL }: { readonly stack: string; readonly channel?: string },
  failures: readonly DataFault[],
): WholeReport {
  const comparedWith = { kind: "nothing" } as const;
  return { version: 1, stack, channel, comparedWith, ...NO_ENTRIES, failures: [...failures] };
}

/** What a pull request's data would change in a stack, by this checkout's code; its faults are part of it. */
export async function previewOf(args: PreviewArgs): Promise<WholeReport> {
  const { checkout, stack } = args;
  const isSelf = (await realpath(checkout)) === (await realpath(PROJECT_ROOT));
  const missing = missingStack(args, isSelf);
  const found = missing === undefined ? await appliedBefore(args, isSelf) : { faults: [missing] };
  if ("faults" in found) return failedReport(args, found.faults);
  const { applied } = found;
  const [base, head, own] = await Promise.all([
    // Beside a snapshot, too: what was applied does not say what its images were made of.
    isSelf ? NOTHING : planData(PROJECT_ROOT, stack),
    withDataOf(checkout, (root) => planData(root, stack)),
    ownCommit(),
  ]);
  const { planned, failures } =
    "faults" in head ? { planned: NOTHING.planned, failures: head.faults } : head;
  const before = old({ applied, base, isSelf, stack });
  const commit = isSelf ? own : commitOf(checkout);
  const [baseSettings, settings] = [base.planned.settings, planned.settings];
  const report = {
    version: 1 as const,
    stack,
    channel: baseSettings?.channel ?? applied?.channel ?? settings?.channel ?? NO_CHANNEL,
    ...(!isSelf && own !== undefined && { baseCommit: own }),
    ...(commit !== undefined && { pullRequestCommit: commit }),
    comparedWith: before.comparedWith,
    failures: [...failures],
  };
  // Half a plan would look as if the other half were to be deleted.
  if (failures.length > 0) {
    return { ...report, ...NO_ENTRIES };
  }
  const now = knownResources(planned.declared);
  const changes = changesSince(before.snapshot, planned.declared).flatMap((change) =>
    withoutSameUnknowns(change, before.declared, planned.declared),
  );
  const images = imageChanges(
    stackImages(before.resources, base.planned.images),
    stackImages(now, planned.images),
  );
  const changed = new Set(images.map(({ label }) => label));
  const protect = (baseSettings ?? settings)?.protect ?? true;
  return {
    ...report,
    resources: changes.map(reported),
    images: images.map((image) => ({ ...image, reasons: [...image.reasons], moreReasons: 0 })),
    names: [...nameMoves(namedImages(before.resources), namedImages(now), changed)],
    access: [
      ...accessChanges({ old: before.resources, now, changes }),
      ...(settings === undefined ? [] : stackSettingChanges(stack, baseSettings, settings)),
    ],
    retention: [...retentionChanges({ old: before.resources, now, images, protect })],
  };
}

/** What a plan is compared with. */
interface Before {
  readonly comparedWith: WholeReport["comparedWith"];
  readonly snapshot: Snapshot;
  readonly resources: readonly KnownResource[];
  /** Of a plan; none of what was applied. */
  readonly declared: readonly Declared[];
}

function old({
  applied,
  base,
  isSelf,
  stack,
}: {
  readonly applied: Snapshot | undefined;
  readonly base: PlannedData;
  readonly isSelf: boolean;
  readonly stack: string;
}): Before {
  if (applied !== undefined) {
    const { commit, resources } = applied;
    return {
      comparedWith: { kind: "snapshot", commit },
      snapshot: withoutTrees(applied),
      resources,
      declared: [],
    };
  }
  const { declared } = base.planned;
  // A base that cannot be planned itself, because it has no such stack for one, is nothing to compare with.
  const kind = isSelf || base.failures.length > 0 ? "nothing" : "base";
  const place = { repository: "", stack, channel: NO_CHANNEL, commit: "" };
  return {
    comparedWith: { kind },
    snapshot: withoutTrees(snapshotOf(place, declared)),
    resources: knownResources(declared),
    declared,
  };
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

/** Names by git trees do not count: a pull request's data is in no repository that could tell them. */
function withoutTrees(snapshot: Snapshot): Snapshot {
  const { [IMAGE_NAME]: properties = [], ...others } = snapshot.listed;
  const listed = { ...others, [IMAGE_NAME]: properties.filter((one) => one !== "aliases") };
  return { ...snapshot, listed };
}

const IMAGE_NAME = "slipway:index:ImageName";

function stackImages(
  resources: readonly KnownResource[],
  planned: readonly PlannedImage[],
): StackImages {
  return {
    images: namedImages(resources),
    inputs: new Map(
      planned.map(({ family, accelerator, input }) => [imageLabel(family, accelerator), input]),
    ),
  };
}

function reported({ change, type, name, properties }: ResourceChange): ReportedResource {
  return {
    change,
    type,
    name,
    properties: properties.map(({ path, old: was, new: is }) => ({
      path,
      ...(was !== undefined && { old: JSON.stringify(was) }),
      ...(is !== undefined && { new: JSON.stringify(is) }),
    })),
    moreProperties: 0,
  };
}
