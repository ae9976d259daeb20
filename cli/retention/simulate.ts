import { type LifecyclePolicy, readLifecyclePolicy } from "../../rules/lifecycle-policy.ts";
import { type Removal, simulateLifecycle } from "../../rules/lifecycle-simulation.ts";
import { KEEP_PINNED_CONTENT, lifecyclePolicy } from "../../rules/lifecycle.ts";
import { ProblemsError, UserError } from "../../rules/problems.ts";
import { repositoryPath } from "../../rules/registry-place.ts";
import {
  indexesWithoutChildren,
  type ListedImage,
  readListing,
  type RepositoryListing,
} from "../../rules/retention-listing.ts";
import { parseMoment } from "../../rules/retention-moment.ts";
import { type EndangeredImage, endangeredImages, liveDigests } from "../../rules/retention.ts";
import { readStack, type Stack } from "../stack.ts";
import { readGivenFile } from "./given-file.ts";
import { type LiveLists, listsOfFiles, publishedLists } from "./live-lists.ts";

export interface SimulationOptions {
  /** Date, moment or duration ahead. */
  readonly at: string;
  readonly stack?: string;
  readonly family?: string;
  /** Files, relative to the caller's folder. */
  readonly listing?: string;
  readonly policy?: string;
  readonly images?: readonly string[];
}

/** What a policy does to one family's repository. */
export interface FamilySimulation {
  readonly family: string;
  readonly repository: string;
  readonly images: readonly ListedImage[];
  readonly gone: readonly { readonly image: ListedImage; readonly removal: Removal }[];
  readonly endangered: readonly EndangeredImage<ListedImage>[];
}

export interface Simulation {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** In words: where the images were listed. */
  readonly source: string;
  readonly policy: LifecyclePolicy;
  readonly policySource: string;
  readonly families: readonly FamilySimulation[];
  /** What is not known, and so not checked. */
  readonly notes: readonly string[];
}

/** The stack that is meant where neither a stack nor a listing is named. */
const DEFAULT_STACK = "local";

/**
 * Works out what a policy would take from the ECR repositories of a stack, or from those of a listing.
 * @param now milliseconds since 1970
 * @throws UserError when an input is wrong or cannot be read
 */
export async function simulate(
  options: SimulationOptions,
  now: number,
  say: (line: string) => void,
): Promise<Simulation> {
  const at = parseMoment(options.at, now);
  const policy = await policyOf(options);
  const name = options.stack ?? (options.listing === undefined ? DEFAULT_STACK : undefined);
  const stack = name === undefined ? undefined : await readStack(name);
  const { listings, source } = await listingsOf(options, stack, say);
  const live = await liveLists(options, stack, listings);
  const needs = liveDigests(live.lists);
  const families = listings.map(({ repository, images }): FamilySimulation => {
    const removals = simulateLifecycle(policy, images, at);
    const gone = images.flatMap((image) => {
      const removal = removals.get(image.digest);
      return removal === undefined ? [] : [{ image, removal }];
    });
    const endangered = endangeredImages(images, removals, needs);
    return { family: familyOf(repository), repository, images, gone, endangered };
  });
  return {
    at,
    source,
    policy,
    policySource: options.policy ?? "Slipway's default policy",
    families,
    notes: [...live.notes, ...notesOn(families, live)],
  };
}

async function policyOf({ policy }: SimulationOptions): Promise<LifecyclePolicy> {
  if (policy === undefined) return lifecyclePolicy(KEEP_PINNED_CONTENT);
  const read = readLifecyclePolicy(await readGivenFile("--policy", policy));
  if ("problems" in read) throw new ProblemsError(`--policy ${policy}`, read.problems);
  return read.policy;
}

async function listingsOf(
  { listing, family }: SimulationOptions,
  stack: Stack | undefined,
  say: (line: string) => void,
): Promise<{ readonly listings: readonly RepositoryListing[]; readonly source: string }> {
  if (listing !== undefined) {
    const all = await listingsOfFile(listing);
    const listings = all.filter(({ repository }) => isWanted(familyOf(repository), family));
    if (listings.length === 0 && family !== undefined) {
      const names = all.map(({ repository }) => familyOf(repository)).join(", ");
      throw new UserError(`--family ${family}: ${listing} has only ${names || "no image at all"}`);
    }
    return { listings, source: listing };
  }
  if (stack === undefined) throw new Error("neither a listing nor a stack");
  const { configuration, families } = stack;
  const onEcr = families.filter(({ registries }) => registries.includes("ecr"));
  const wanted = onEcr.filter(({ name }) => isWanted(name, family));
  const source = `stack ${stack.name}`;
  if (wanted.length === 0 && family !== undefined) {
    const names = onEcr.map(({ name }) => name).join(", ");
    throw new UserError(`--family ${family}: on ECR ${source} has ${names || "no family"}`);
  }
  if (wanted.length === 0) return { listings: [], source };
  const { ecrListing, ecrOf } = await import("./ecr-listing.ts");
  const ecr = ecrOf(stack);
  const listings: RepositoryListing[] = [];
  for (const { name } of wanted) {
    const path = repositoryPath(configuration.owner, name);
    listings.push(await ecrListing(ecr, configuration.awsAccountId, path, say));
  }
  ecr.destroy();
  return { listings, source };
}

async function listingsOfFile(path: string): Promise<readonly RepositoryListing[]> {
  let document: unknown;
  try {
    document = JSON.parse(await readGivenFile("--listing", path));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UserError(
      // The parser's own words would quote a file that may be any.
      `--listing ${path} is no JSON; write it with aws ecr describe-images --repository-name NAME --filter imageStatus=ANY`,
    );
  }
  const read = readListing(document);
  if ("problems" in read) throw new ProblemsError(`--listing ${path}`, read.problems);
  return read.listings;
}

async function liveLists(
  { images }: SimulationOptions,
  stack: Stack | undefined,
  listings: readonly RepositoryListing[],
): Promise<LiveLists> {
  if (images !== undefined) return listsOfFiles(images);
  if (listings.length === 0) return { lists: [], notes: [] };
  if (stack !== undefined) return publishedLists(stack);
  const note =
    "what channels hand out is not known and not protected here: give --images or --stack";
  return { lists: [], notes: [note] };
}

function* notesOn(families: readonly FamilySimulation[], { lists }: LiveLists): Generator<string> {
  for (const { family, repository, images } of families) {
    const unknown = indexesWithoutChildren(images).length;
    if (unknown > 0) {
      yield `${repository}: what ${unknown} of its indexes list is not known (imageChildren), so that images may be listed here which ECR keeps for them`;
    }
    const there = new Set(images.map(({ digest }) => digest));
    for (const { channel, families: published } of lists) {
      for (const [accelerator, image] of Object.entries(published[family]?.images ?? {})) {
        if (image.references.ecr === undefined || there.has(image.digest)) continue;
        yield `${repository}: channel ${channel} hands out ${image.digest} (${accelerator}), which is not there; slipway build --missing pushes it again`;
      }
    }
  }
}

function isWanted(name: string, family: string | undefined): boolean {
  return family === undefined || name === family;
}

/** The family that a repository is of, by the last part of its path. */
function familyOf(repository: string): string {
  return repository.slice(repository.lastIndexOf("/") + 1);
}
