import type { Family } from "../../catalog.ts";
import { type CacheReferences, cacheReferences } from "../../rules/build-cache.ts";
import { otherStackProblem } from "../../rules/channel-stack.ts";
import { refProblem } from "../../rules/git-ref.ts";
import { type Publication, publication, PUBLISHING_ENVIRONMENT } from "../../rules/refs.ts";
import { UserError } from "../../rules/problems.ts";
import type { Stack } from "../stack.ts";
import type { WantedImage } from "./build-selection.ts";
import type { SurveyedImage } from "./content-survey.ts";

/** A family that the ref does not publish, and why. */
export interface LeftOut {
  readonly family: string;
  /** One sentence. */
  readonly reason: string;
}

/** The images that are built for a ref, and the build cache that they have. */
export interface RefBuilds {
  readonly wanted: readonly WantedImage[];
  readonly leftOut: readonly LeftOut[];
  readonly cacheOf: (build: CachedBuild) => CacheReferences;
  /** Whether a family's content is for everybody, and not for the ref alone. */
  readonly isTrusted: (family: Pick<Family, "name">) => boolean;
}

/** A build of one platform, or the check of its contract. */
export interface CachedBuild {
  readonly image: SurveyedImage;
  readonly platform: string;
  readonly contract?: true;
}

/**
 * The ref that images are built for: what is given, else in GitHub Actions the run's own. A job that forgets to name its
 * stage branch would otherwise build, and fill caches, as the stack's channel.
 * @returns undefined where nothing tells: a person builds for the stack's channel
 * @throws UserError when GitHub Actions does not tell it
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/variables#default-environment-variables
 */
export function builtRef(
  given: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (given !== undefined || environment["GITHUB_ACTIONS"] !== "true") return given;
  const { GITHUB_REF: ref = "" } = environment;
  if (ref !== "") return ref;
  throw new UserError(
    "--ref: missing, and GITHUB_REF is not set, although this is GitHub Actions; write the ref in full, e.g. refs/heads/main",
  );
}

/**
 * What is built for a ref that a stack's families are published from: without one for the stack's own channel. Content
 * depends on no ref, so that this decides about caches, and leaves out families that the ref never publishes.
 * @param ref in full: `refs/tags/v2.10.0-rc1`
 * @throws UserError when it is no ref, or publishes none of the images, or its channel is another stack's
 */
export function buildsOfRef(
  { name, configuration }: Pick<Stack, "name" | "configuration">,
  wanted: readonly WantedImage[],
  ref?: string,
): RefBuilds {
  const { channel } = configuration;
  if (ref === undefined) {
    return {
      wanted,
      leftOut: [],
      cacheOf: (build) => cache(build, channel),
      isTrusted: () => true,
    };
  }
  const problem = refProblem(ref);
  if (problem !== undefined) throw new UserError(`--ref: ${problem}`);
  const home = `${configuration.owner}/${configuration.repository}`;
  const publications = new Map(
    wanted.map(({ family }) => [family.name, publicationOf(family.scheme, ref, home)] as const),
  );
  for (const publication of publications.values()) {
    const otherStack = otherStackProblem(ref, publication, { name, channel });
    if (otherStack !== undefined) throw new UserError(otherStack);
  }
  const refused = [...publications].flatMap(([family, { publish, reason }]) =>
    publish ? [] : [{ family, reason }],
  );
  const published = wanted.filter(({ family }) => publications.get(family.name)?.publish);
  if (published.length === 0) {
    const reasons = refused.map(({ family, reason }) => `  ${family}: ${reason}`);
    throw new UserError([`${ref} publishes none of the images:`, ...reasons].join("\n"));
  }
  const isTrusted: RefBuilds["isTrusted"] = ({ name }) =>
    publications.get(name)?.environment === PUBLISHING_ENVIRONMENT;
  return {
    wanted: published,
    leftOut: refused,
    isTrusted,
    cacheOf: (build) => {
      const found = publications.get(build.image.family.name);
      if (found?.publish && isTrusted(build.image.family)) return cache(build, found.channel);
      // Whatever runs without production's secrets may be anybody's: what it built is nobody else's cache.
      return { from: cache(build, "main").from };
    },
  };
}

/** By a push, else by a dispatch: this is asked by whoever is about to publish, and nothing hangs on which it was. */
function publicationOf(scheme: "pytorch" | "therock", ref: string, home: string): Publication {
  const run = { ref, repository: home, headRepository: home };
  const pushed = publication(scheme, { ...run, event: "push" }, home);
  if (pushed.publish) return pushed;
  const dispatched = publication(scheme, { ...run, event: "workflow_dispatch" }, home);
  return dispatched.publish ? dispatched : pushed;
}

function cache({ image: surveyed, platform, contract }: CachedBuild, channel: string) {
  const { family, image, repositories } = surveyed;
  return cacheReferences(
    {
      repository: repositories[0] ?? "",
      ...(image.accelerator !== undefined && { accelerator: image.accelerator }),
      ...(family.platforms.length > 1 && { platform }),
      ...(contract && { contract }),
    },
    channel,
  );
}
