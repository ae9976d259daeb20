import { realpath } from "node:fs/promises";
import { imageChanges, type StackImages } from "../../rules/image-changes.ts";
import { imageLabel, namedImages } from "../../rules/image-resource.ts";
import { knownResources, type KnownResource } from "../../rules/known-resource.ts";
import { nameMoves } from "../../rules/name-moves.ts";
import type { ReportedResource } from "../../rules/preview-report.ts";
import type { WholeReport } from "../../rules/preview-report-fit.ts";
import { retentionChanges } from "../../rules/retention-changes.ts";
import type { ResourceChange } from "../../rules/snapshot-changes.ts";
import { snapshotOf } from "../../rules/snapshot-of.ts";
import { typesNotTold } from "../../rules/snapshot-properties.ts";
import type { Snapshot } from "../../rules/snapshot.ts";
import { PROJECT_ROOT } from "../project-root.ts";
import { changesFrom, planAccess, type Reference } from "./plan-access.ts";
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
  /** Absolute path of the base's checkout where the pull request plans itself, by its own code. */
  readonly base?: string;
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
    isSelf ? otherBase(args) : planData(PROJECT_ROOT, stack),
    withDataOf(checkout, (root) => planData(root, stack)),
    ownCommit(),
  ]);
  const { planned, failures } =
    "faults" in head ? { planned: NOTHING.planned, failures: head.faults } : head;
  const notTold =
    applied === undefined
      ? []
      : typesNotTold(applied.listed, [...planned.declared, ...(base?.planned.declared ?? [])]);
  const compared = notTold.length === 0 ? applied : undefined;
  const before = old({ ...(compared && { applied: compared }), ...(base && { base }), stack });
  const commit = isSelf ? own : commitOf(checkout);
  const [baseSettings, settings] = [base?.planned.settings, planned.settings];
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
  const changes = changesFrom(before, planned.declared);
  const images = imageChanges(
    stackImages(before.resources, base?.planned.images ?? []),
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
      ...planAccess({
        ...{ stack, planned, notTold, ...(base && { base }) },
        references:
          compared !== undefined && isPlanned(base) ? [before, referenceOf(stack, base)] : [before],
      }),
    ],
    retention: [...retentionChanges({ old: before.resources, now, images, protect })],
  };
}

/** The base's data by this checkout's code; undefined where there is no base. */
async function otherBase({ base, stack }: PreviewArgs): Promise<PlannedData | undefined> {
  if (base === undefined) return undefined;
  const planned = await withDataOf(base, (root) => planData(root, stack));
  return "faults" in planned ? { ...NOTHING, failures: planned.faults } : planned;
}

/** What a plan is compared with. */
interface Before extends Reference {
  readonly comparedWith: WholeReport["comparedWith"];
}

function old({
  applied,
  base = NOTHING,
  stack,
}: {
  readonly applied?: Snapshot;
  readonly base?: PlannedData;
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
  // A base that cannot be planned itself, because it has no such stack for one, is nothing to compare with.
  const kind = isPlanned(base) ? "base" : "nothing";
  return { comparedWith: { kind }, ...referenceOf(stack, base) };
}

function isPlanned(base: PlannedData | undefined): base is PlannedData {
  return base?.planned.settings !== undefined && base.failures.length === 0;
}

function referenceOf(stack: string, { planned: { declared } }: PlannedData): Reference {
  const place = { repository: "", stack, channel: NO_CHANNEL, commit: "" };
  return {
    snapshot: withoutTrees(snapshotOf(place, declared)),
    resources: knownResources(declared),
    declared,
  };
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
