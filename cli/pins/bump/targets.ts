import { parseImageLabel } from "../../../rules/image-label.ts";
import {
  DIGEST,
  type ImageReference,
  parseImageReference,
} from "../../../rules/image-reference.ts";
import { isContentName } from "../../../rules/names.ts";
import type { PinTarget } from "../../../rules/pins/edit.ts";
import type { ManagedImages, ManagedRepository } from "../../../rules/pins/managed-images.ts";
import { UserError } from "../../../rules/problems.ts";
import { suggestion } from "../../../rules/suggestion.ts";
import type { KnownImages } from "../known-images.ts";

/** What is to be moved, and to what. */
export interface BumpRequest {
  /** Labels, families (all of their images) or `host/path` of others; every image that a list knows when it is empty. */
  readonly images: readonly string[];
  /** `latest`: what the image's channel published last; a digest of one image; or a reference with tag or digest. */
  readonly to: string;
}

type Targets = ReadonlyMap<string, PinTarget>;

/** What is known of registries. */
export interface TargetPlaces {
  /** What a tag stands for on its registry; undefined when it is not there. */
  readonly digestOf: (reference: ImageReference) => Promise<string | undefined>;
  /** `host/path` of all repositories that have candidates. */
  readonly candidatePlaces: readonly string[];
}

/**
 * The targets that a request means, by image; nothing is known of when they were built.
 * @throws UserError for what names no image, no digest, or several images at once
 */
export async function bumpTargets(
  { images, to }: BumpRequest,
  managed: ManagedImages,
  known: KnownImages,
  places: TargetPlaces,
): Promise<Targets> {
  const wanted = wantedImages(images, managed);
  if (to === "latest") return latest(wanted, managed, known);
  if (DIGEST.test(to)) {
    const [image, ...others] = wanted;
    if (image === undefined || others.length > 0) {
      const owner = known.all.find(({ digest }) => digest === to)?.image;
      const example = owner ?? image ?? labelsOf(managed)[0] ?? "IMAGE";
      throw new UserError(
        `--to ${to}: a digest is one image's; name it, e.g. slipway pins bump ${example} --to ${to}`,
      );
    }
    return new Map([[image, targetOf(image, to, known)]]);
  }
  return referred(to, wanted, managed, known, places);
}

/** Refuses a request that means nothing whatever is published. @throws UserError */
export function checkRequest({ images, to }: BumpRequest, managed: ManagedImages): void {
  wantedImages(images, managed);
  if (to === "latest" || DIGEST.test(to)) return;
  repositoryOf(to, parsed(to), managed);
}

function latest(wanted: readonly string[], managed: ManagedImages, known: KnownImages): Targets {
  const all = wanted.length > 0 ? wanted : labelsOf(managed);
  const targets = new Map<string, PinTarget>();
  const unknown: string[] = [];
  for (const image of all) {
    const found = known.latest(image);
    if (found === undefined) unknown.push(image);
    else targets.set(image, targetOf(image, found.digest, known));
  }
  if (wanted.length > 0 && unknown.length > 0) {
    throw new UserError(
      `${unknown.join(", ")}: no published list has it, so that nobody knows its latest digest; write --to with a reference or a digest, or --images with the list that has it`,
    );
  }
  return targets;
}

async function referred(
  to: string,
  wanted: readonly string[],
  managed: ManagedImages,
  known: KnownImages,
  places: TargetPlaces,
): Promise<Targets> {
  const reference = parsed(to);
  const repository = repositoryOf(to, reference, managed);
  const image = imageOf(repository, reference, wanted);
  if (image === undefined) {
    const { family = repository.path, accelerators } = repository;
    throw new UserError(
      `--to ${to}: ${family} has an image for each accelerator; name the one that is meant, e.g. slipway pins bump ${family}/${accelerators[0] ?? ""} --to ${to}`,
    );
  }
  const strangers = wanted.filter((one) => one !== image);
  if (wanted.length > 0 && strangers.length > 0) {
    throw new UserError(`--to ${to}: is an image of ${image}, not of ${strangers.join(", ")}`);
  }
  const digest = reference.digest ?? (await places.digestOf(reference));
  if (digest === undefined) {
    throw new UserError(`--to ${to}: is not there; name a tag or a digest that its registry has`);
  }
  const { tag } = reference;
  const named = tag !== undefined && isContentName(tag) ? { contentName: tag } : {};
  const target = { ...targetOf(image, digest, known), ...named };
  if (!repository.candidate) return new Map([[image, target]]);
  return new Map([[image, { ...target, ...candidateAt(repository, managed, places) }]]);
}

function repositoryOf(
  to: string,
  { host, path }: ImageReference,
  { repositories }: ManagedImages,
): ManagedRepository {
  const found = repositories.find((one) => one.host === host && one.path === path);
  if (found !== undefined) return found;
  const name = `${host}/${path}`;
  const final = repositories.filter(({ candidate }) => !candidate);
  const names = final.map((one) => `${one.host}/${one.path}`);
  throw new UserError(
    `--to ${to}: ${name} is no managed image${suggestion(name, names)}; there are: ${names.join(", ")}; others are listed under images: in pins.yaml`,
  );
}

/** Where an image's candidates are, that of the reference first. */
function candidateAt(
  repository: ManagedRepository,
  { repositories }: ManagedImages,
  { candidatePlaces }: TargetPlaces,
): Pick<PinTarget, "candidate" | "candidatePlaces"> {
  const own = repositories
    .filter(({ family, candidate }) => candidate && family === repository.family)
    .map(({ host, path }) => `${host}/${path}`);
  const first = `${repository.host}/${repository.path}`;
  const others = own.filter((name) => name !== first && candidatePlaces.includes(name));
  return { candidate: true, candidatePlaces: [first, ...others] };
}

/** The image of a reference; undefined where its family has several and nothing tells which. */
function imageOf(
  repository: ManagedRepository,
  { digest, tag }: ImageReference,
  wanted: readonly string[],
): string | undefined {
  const { family, accelerators, host, path } = repository;
  if (family === undefined) return `${host}/${path}`;
  if (accelerators.length === 0) return family;
  const own = wanted.filter((image) => parseImageLabel(image)?.family === family);
  if (own.length === 1) return own[0];
  if (digest !== undefined && tag === undefined) return undefined;
  const named = accelerators.filter((one) => tag === one || tag?.startsWith(`${one}-`) === true);
  const longest = named.sort((a, b) => b.length - a.length)[0];
  return longest === undefined ? undefined : `${family}/${longest}`;
}

function targetOf(image: string, digest: string, known: KnownImages): PinTarget {
  const contentName = known.all.find(
    (one) => one.image === image && one.digest === digest,
  )?.contentName;
  return { image, digest, candidate: false, ...(contentName !== undefined && { contentName }) };
}

/** The images that names mean. @throws UserError that lists all names of none */
export function wantedImages(names: readonly string[], managed: ManagedImages): readonly string[] {
  const labels = labelsOf(managed);
  const faults: string[] = [];
  const images = names.flatMap((name) => {
    if (labels.includes(name)) return [name];
    const ofFamily = labels.filter((label) => parseImageLabel(label)?.family === name);
    if (ofFamily.length === 0) faults.push(`${JSON.stringify(name)}${suggestion(name, labels)}`);
    return ofFamily;
  });
  if (faults.length > 0) {
    throw new UserError(
      `${faults.join(", ")}: no managed image; there are: ${labels.join(", ")}; others are listed under images: in pins.yaml`,
    );
  }
  return [...new Set(images)];
}

/** Every image there is, as places call them. */
function labelsOf({ repositories }: ManagedImages): readonly string[] {
  const labels = repositories
    .filter(({ candidate }) => !candidate)
    .flatMap(({ family, accelerators, host, path }) => {
      if (family === undefined) return [`${host}/${path}`];
      return accelerators.length === 0 ? [family] : accelerators.map((one) => `${family}/${one}`);
    });
  return [...new Set(labels)];
}

/** Letters of a host and a path mean the same in either case, and are small on registries. */
function parsed(to: string): ImageReference {
  const advice =
    "write latest, sha256: and 64 hex digits, or a reference, e.g. ghcr.io/rocm/no_rocm_image_ubuntu24_04:latest";
  if (/^sha\d+:/i.test(to)) {
    throw new UserError(
      `--to ${to}: a digest is sha256: and 64 hexadecimal digits in small letters; behind the colon stand ${to.length - to.indexOf(":") - 1} characters`,
    );
  }
  const scheme = /^[a-z]+:\/\//i.exec(to)?.[0];
  if (scheme !== undefined) {
    throw new UserError(`--to ${to}: write the reference alone, without ${scheme}`);
  }
  if (!to.includes("/")) {
    throw new UserError(`--to ${to}: neither a reference nor a digest; ${advice}`);
  }
  const name = /^.*\/[^/:@]*/.exec(to)?.[0] ?? to;
  try {
    return parseImageReference(name.toLowerCase() + to.slice(name.length));
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new UserError(`--to: ${said}; ${advice}`);
  }
}
