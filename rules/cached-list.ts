import { toldProblems } from "./document-problems.ts";
import type { RegistryName } from "./image-file-schema.ts";
import { formatImageLabel } from "./image-label.ts";
import { type ImageEntry, type ImageList, ONLY_IMAGE } from "./image-list.ts";
import { formatRepository, parseImageReference } from "./image-reference.ts";
import { acceleratorProblem, type Channel, MAIN_BRANCH, type Scheme } from "./names.ts";
import type { Problem } from "./problems.ts";
import { suggestion } from "./suggestion.ts";

/** A family that a list may have images of. */
export interface CachedFamily {
  readonly name: string;
  readonly scheme: Scheme;
  /** `host/path` by registry, in the order of image.yaml; its images may be nowhere else. */
  readonly repositories: Readonly<Partial<Record<RegistryName, string>>>;
}

/** What a list has to be of. */
export interface CachedListRules {
  /** `owner/name` on GitHub. */
  readonly repository: string;
  readonly channel: Channel;
  readonly families: readonly CachedFamily[];
}

/** An image that a list wants kept, at places that it may be fetched from. */
export interface WantedImage extends Pick<
  ImageEntry,
  "digest" | "contentName" | "commit" | "names"
> {
  /** `ci-image/pytorch-linux-jammy-rocm-n-py3` */
  readonly label: string;
  /** By registry, in the order of image.yaml: `host/path@sha256:...`. */
  readonly references: ImageEntry["references"];
  /** `host/path` of each of them. */
  readonly repositories: Readonly<Partial<Record<RegistryName, string>>>;
}

/** What follows an image's own part in its content name. */
const KEY = /^k[0-9a-f]{40}$/;
/** Families that are named of those that are left out. */
const MOST_SHOWN = 5;
/** Characters of a stranger's word that are looked at for what may have been meant. */
const LONGEST_MEANT = 100;

/** What a list wants kept. */
export interface KeptList {
  readonly images: readonly WantedImage[];
  /** Labels of images in the list that this checkout cannot place. */
  readonly leftOut: readonly string[];
  /** Says of what was left out why. */
  readonly notes: readonly string[];
}

/**
 * The images that a list wants kept, or everything in it that a stack of these families did not write. A list is taken as a
 * whole or not at all: one that somebody else had a hand in is not to be believed in its other parts. A release line may still have
 * what main's catalogue gave up, a family or a registry, and main's checkout refreshes it: that is left out and said.
 */
export function imagesToKeep(
  list: ImageList,
  rules: CachedListRules,
): KeptList | { readonly problems: readonly Problem[] } {
  const problems: Problem[] = [...ownerProblems(list, rules)];
  const images: WantedImage[] = [];
  const leftOut: string[] = [];
  const unknown: string[] = [];
  const notes: string[] = [];
  const isRelease = rules.channel !== MAIN_BRANCH;
  for (const [name, { images: entries }] of Object.entries(list.families)) {
    const path = `families.${name}`;
    const family = rules.families.find((one) => one.name === name);
    if (family === undefined && isRelease) {
      const labels = Object.keys(entries).map((key) => labelOf(name, key));
      leftOut.push(...labels);
      unknown.push(name);
      continue;
    }
    if (family === undefined) {
      const known = rules.families.map((one) => one.name);
      const meant = suggestion(name.slice(0, LONGEST_MEANT), known);
      const message = `no family of the stack${meant}; it publishes ${known.join(", ")}. Name the stack that publishes it (--stack), or run from a checkout of the channel's branch`;
      problems.push({ path, message });
      continue;
    }
    const gone = new Set<string>();
    for (const [key, listed] of Object.entries(entries)) {
      const { entry, registries } = isRelease
        ? withoutGone(listed, family)
        : { entry: listed, registries: [] };
      for (const registry of registries) gone.add(registry);
      problems.push(...entryProblems(`${path}.images.${key}`, family, key, entry));
      const isNowhere = registries.length > 0 && Object.keys(entry.references).length === 0;
      if (isNowhere) leftOut.push(labelOf(name, key));
      else images.push(wantedImage(family, key, entry));
    }
    if (gone.size > 0) {
      notes.push(
        `${name}: nothing is asked of ${[...gone].join(" and ")}, which its image.yaml in this checkout does not name; images that are nowhere else stay as they are`,
      );
    }
  }
  if (unknown.length > 0) notes.push(unknownNote(unknown, rules));
  return problems.length > 0 ? { problems: toldProblems(problems) } : { images, leftOut, notes };
}

/**
 * An entry without the registries that a family is no longer on. Of its names those go with them that are at no host of the
 * family's; what is at one still has to be at the family's own place.
 */
function withoutGone(
  entry: ImageEntry,
  { repositories }: CachedFamily,
): { readonly entry: ImageEntry; readonly registries: readonly string[] } {
  const registries = Object.keys(entry.references).filter(
    (registry) => !Object.hasOwn(repositories, registry),
  );
  const references = Object.fromEntries(
    Object.entries(entry.references).filter(([registry]) => !registries.includes(registry)),
  );
  const hosts = Object.values(repositories).map((place) => place.slice(0, place.indexOf("/")));
  const names = entry.names.filter((name) => hosts.includes(parseImageReference(name).host));
  return { entry: { ...entry, references, names }, registries };
}

function labelOf(family: string, key: string): string {
  return formatImageLabel({ family, ...(key !== ONLY_IMAGE && { accelerator: key }) });
}

/** Strangers' words in a line for people. */
function unknownNote(families: readonly string[], { channel }: CachedListRules): string {
  const shown = families
    .slice(0, MOST_SHOWN)
    .map((name) => JSON.stringify(name.slice(0, LONGEST_MEANT)));
  const more = families.length > shown.length ? ` and ${families.length - shown.length} more` : "";
  return `${shown.join(", ")}${more}: no family of the stack in this checkout. Its images are left out, and stay as they are in the store; a checkout of ${channel} refreshes them`;
}

function ownerProblems(list: ImageList, rules: CachedListRules): readonly Problem[] {
  const problems: Problem[] = [];
  // GitHub knows no difference between capital and small letters.
  if (list.repository.toLowerCase() !== rules.repository.toLowerCase()) {
    problems.push({
      path: "repository",
      message: `${JSON.stringify(list.repository)} is not the stack's, ${rules.repository}; give that one's list, or name another stack (--stack)`,
    });
  }
  if (list.channel !== rules.channel) {
    problems.push({
      path: "channel",
      message: `${JSON.stringify(list.channel)} is not the channel that is refreshed, ${rules.channel}; give that one's list, or write another --channel`,
    });
  }
  return problems;
}

function* entryProblems(
  path: string,
  family: CachedFamily,
  key: string,
  { contentName, references, names }: ImageEntry,
): Generator<Problem> {
  const accelerator = key === ONLY_IMAGE ? undefined : key;
  if ((family.scheme === "therock") !== (accelerator === undefined)) {
    const [found, rule] =
      accelerator === undefined
        ? ["no accelerator", "has one image for each accelerator"]
        : ["an accelerator", `has one image, ${JSON.stringify(ONLY_IMAGE)}`];
    yield {
      path,
      message: `is ${found}, and ${family.name} ${rule} (scheme ${family.scheme} in its image.yaml)`,
    };
  }
  const problem = accelerator === undefined ? undefined : acceleratorProblem(accelerator);
  if (problem !== undefined) yield { path, message: problem };
  const own = accelerator === undefined ? "" : `${accelerator}-`;
  if (!contentName.startsWith(own) || !KEY.test(contentName.slice(own.length))) {
    yield {
      path: `${path}.contentName`,
      message: `${JSON.stringify(contentName)} is no content of this image; its names are ${own}k and 40 hex digits`,
    };
  }
  for (const [registry, reference] of Object.entries(references)) {
    const expected = family.repositories[registry as RegistryName];
    const message = placeProblem(reference, expected === undefined ? [] : [expected], family.name);
    if (message !== undefined) yield { path: `${path}.references.${registry}`, message };
  }
  const places = Object.values(family.repositories);
  for (const [index, name] of names.entries()) {
    const message = placeProblem(name, places, family.name);
    if (message !== undefined) yield { path: `${path}.names.${index}`, message };
  }
}

/** Why something may not be where a reference says, if so. */
function placeProblem(
  reference: string,
  places: readonly string[],
  family: string,
): string | undefined {
  const quoted = JSON.stringify(reference);
  if (places.length === 0) {
    return `${quoted}: the image.yaml of ${family} names no such registry; run from a checkout of the channel's branch where that one's does`;
  }
  if (places.includes(formatRepository(parseImageReference(reference)))) return undefined;
  return `${quoted} is not in ${places.join(" or ")}, where the stack keeps the images of ${family}; write what slipway record made`;
}

function wantedImage(family: CachedFamily, key: string, entry: ImageEntry): WantedImage {
  const { digest, contentName, commit, names, references } = entry;
  const carried = (Object.keys(family.repositories) as RegistryName[]).filter((registry) =>
    Object.hasOwn(references, registry),
  );
  return {
    label: labelOf(family.name, key),
    ...{ digest, contentName, commit, names },
    references: Object.fromEntries(carried.map((registry) => [registry, references[registry]])),
    repositories: Object.fromEntries(
      carried.map((registry) => [registry, family.repositories[registry]]),
    ),
  };
}
