import type { ResourceChange } from "./snapshot-changes.ts";

/** What a preview would change of one resource. */
export interface PreviewedChange {
  /** `create`, `update`, `replace`, `delete` or another word of the Pulumi CLI's. */
  readonly change: string;
  /** `aws:iam/role:Role` */
  readonly type: string;
  readonly name: string;
  /** Paths of the properties that would change; empty also where an engine does not say. */
  readonly paths: readonly string[];
  readonly note?: string;
}

/** Changes that follow from what was committed since the last apply, and those that do not. */
export interface SplitChanges {
  readonly waiting: readonly PreviewedChange[];
  readonly drift: readonly PreviewedChange[];
}

export const RULESET_TYPE = "github:index/repositoryRuleset:RepositoryRuleset";
const IMAGE = "docker-build:index:Image";
const IMAGE_NAME = "slipway:index:ImageName";
const BYPASS = "bypassActors";
/** What becomes of a resource that stays, in the end, under its name. */
const CHANGES_PART: ReadonlySet<string> = new Set(["update", "replace"]);

/**
 * Tells what is only waiting to be applied from drift: by type, name and property. A property that was changed by hand and is
 * waiting for an apply as well counts as waiting, since that apply is what repairs it.
 * @param since what the declaration changes since the last apply
 */
export function splitChanges(
  previewed: readonly PreviewedChange[],
  since: readonly ResourceChange[],
): SplitChanges {
  const waiting: PreviewedChange[] = [];
  const drift: PreviewedChange[] = [];
  for (const one of previewed) {
    const declared = since.find(({ type, name }) => type === one.type && name === one.name);
    const rest = isOfNewContent(one, since)
      ? undefined
      : declared === undefined
        ? one.paths
        : unexplained(one, declared);
    if (rest === undefined) waiting.push(one);
    else drift.push({ ...one, paths: rest });
  }
  return { waiting, drift };
}

/**
 * Whether a change is of an image whose content is to be another one: its builds and what they hand to its name follow from the
 * content, and a snapshot holds neither.
 */
function isOfNewContent(
  { type, name, change }: PreviewedChange,
  since: readonly ResourceChange[],
): boolean {
  if (change === "delete") return false;
  const named = type === IMAGE_NAME ? name : type === IMAGE ? nameResourceOf(name) : undefined;
  return since.some(
    (one) =>
      one.type === IMAGE_NAME &&
      one.name === named &&
      one.properties.some(({ path }) => propertyOf(path) === "contentName"),
  );
}

/** The name resource of the image that a build is of: components/accelerator-image.ts names them. */
function nameResourceOf(build: string): string | undefined {
  const image = /^(?<image>.+)-(?:content|contract)(?:-[a-z0-9]+)?$/.exec(build)?.groups?.["image"];
  return image === undefined ? undefined : `${image}-name`;
}

/** The properties that would change for another reason; undefined where there is none. */
function unexplained(
  { change, paths }: PreviewedChange,
  declared: ResourceChange,
): readonly string[] | undefined {
  if (!CHANGES_PART.has(change)) return change === declared.change ? undefined : paths;
  if (!CHANGES_PART.has(declared.change)) return paths;
  const known = new Set(declared.properties.map(({ path }) => propertyOf(path)));
  const rest = paths.filter((path) => !known.has(propertyOf(path)));
  return rest.length === 0 && paths.length > 0 ? undefined : rest;
}

/**
 * The changes without those that only say that GitHub did not tell who goes past a ruleset: without the field a provider
 * takes it that nobody does.
 */
export function withoutBypassActors(
  previewed: readonly PreviewedChange[],
): readonly PreviewedChange[] {
  return previewed.flatMap((one) => {
    if (one.type !== RULESET_TYPE || one.change !== "update") return [one];
    const paths = one.paths.filter((path) => propertyOf(path) !== BYPASS);
    return paths.length === 0 && one.paths.length > 0 ? [] : [{ ...one, paths }];
  });
}

/** The property that a path begins with. */
function propertyOf(path: string): string {
  return /^[^.[]*/.exec(path)?.[0] ?? path;
}
