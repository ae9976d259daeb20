import type { Found, SurveyedImage } from "./content-survey.ts";

/** What is to be done for an image, and why. */
export interface BuildPlan {
  readonly image: SurveyedImage;
  /** Platforms that are built; none where names alone are incomplete. */
  readonly build: readonly string[];
  /** For a person: `no cuda12.8-k... on ghcr.io/pytorch/ci-image`. */
  readonly reason: string;
}

/** What an image lacks; undefined when it has all that was asked for. */
export function planOf(image: SurveyedImage): BuildPlan | undefined {
  const { contentName, content, platformContents, repositories } = image;
  if (content.size > 0) {
    const reason = incomplete(image, content);
    return reason === undefined
      ? undefined
      : { image, build: [], reason: `${contentName} ${reason}` };
  }
  if (platformContents.size === 0) {
    return { image, build: image.platforms, reason: `no ${contentName} on ${list(repositories)}` };
  }
  const of = (platform: string): Found => platformContents.get(platform) ?? new Map();
  const build = image.platforms.filter((platform) => of(platform).size === 0);
  if (build.length > 0) {
    return {
      image,
      build,
      reason: `no ${contentName} for ${list(build)} on ${list(repositories)}`,
    };
  }
  if ([...platformContents.values()].every((found) => found.size > 0)) {
    return { image, build, reason: `all platforms of ${contentName} are there, and no index` };
  }
  const [first = ""] = repositories;
  const stray = image.platforms.find((platform) => !of(platform).has(first));
  if (stray !== undefined) {
    const there = list([...of(stray).keys()]);
    return { image, build, reason: `${contentName} for ${stray} is on ${there}, not on ${first}` };
  }
  return undefined;
}

/** Why the names of content that is there are not whole: a registry lacks it, or has other content under its name. */
function incomplete({ repositories }: SurveyedImage, found: Found): string | undefined {
  const lacking = repositories.filter((repository) => !found.has(repository));
  const there = list([...found.keys()]);
  if (lacking.length > 0) return `is on ${there} only; it goes to ${list(lacking)} as well`;
  if (new Set(found.values()).size === 1) return undefined;
  return `is not the same on ${there}; that of the first one goes to the others`;
}

function list(texts: readonly string[]): string {
  return texts.join(", ");
}
