import type { LimitFunction } from "p-limit";
import type { CredentialsByHost, Registries } from "../../oci/registries.ts";
import { platformTag } from "../../rules/platform.ts";
import { UserError } from "../../rules/problems.ts";
import type { BuildPlan } from "./build-plan.ts";
import type { BuildReport, FailedContent, NamedContent } from "./build-report.ts";
import type { ContentBuilds } from "./content-build.ts";
import { type GivenNames, nameContent } from "./name-content.ts";

/** What the images of a run share. */
export interface BuildRun {
  /** Absent where nothing is to be built. */
  readonly builds?: ContentBuilds;
  readonly registries: Registries;
  readonly credentials: CredentialsByHost;
  /** How many images are named at once. */
  readonly naming: LimitFunction;
  readonly signal: AbortSignal;
}

/**
 * Builds what an image lacks and gives it its names. A platform that does not build does not stop the others, whose
 * content gets its name, so that the next run goes on from there.
 */
export async function buildImage(plan: BuildPlan, run: BuildRun): Promise<BuildReport> {
  const { image } = plan;
  const started = performance.now();
  const built = new Map<string, string>();
  const failures: FailedContent[] = [];
  const several = image.family.platforms.length > 1;
  const fail = (error: unknown, platform?: string): void => {
    if (!(error instanceof UserError)) throw error;
    const { message } = error;
    failures.push({
      wanted: image,
      ...(several && platform !== undefined && { platform }),
      message,
    });
  };
  const builds = await Promise.allSettled(
    plan.build.map(async (platform) => built.set(platform, await build(plan, platform, run))),
  );
  for (const [index, result] of builds.entries()) {
    if (result.status === "rejected") fail(result.reason, plan.build[index]);
  }
  if (plan.build.length > 0 && built.size === 0) return { contents: [], failures };

  let given: GivenNames;
  try {
    given = await run.naming(() => name(plan, built, run));
  } catch (error) {
    fail(error);
    return { contents: [], failures };
  }
  const seconds = (performance.now() - started) / 1000;
  const contents: NamedContent[] = [...given.platforms].map(([platform, digest]) => ({
    wanted: image,
    platform,
    contentName: platformTag(image.contentName, platform),
    digest,
    built: built.get(platform)?.endsWith(digest) === true,
    seconds,
  }));
  if (given.digest !== undefined) {
    const { digest } = given;
    const isOurs = several
      ? contents.some((content) => content.built)
      : [...built.values()].some((reference) => reference.endsWith(digest));
    const { contentName } = image;
    contents.push({ wanted: image, contentName, digest, built: isOurs, seconds });
  }
  return { contents, failures };
}

async function build(plan: BuildPlan, platform: string, run: BuildRun): Promise<string> {
  if (run.builds === undefined) throw new Error("something is to be built, and nothing builds");
  return run.builds.build(plan.image, platform);
}

async function name(
  { image }: BuildPlan,
  built: ReadonlyMap<string, string>,
  { registries, credentials, signal }: BuildRun,
): Promise<GivenNames> {
  // What is being named is finished, for that is a matter of seconds; nothing new is begun.
  if (signal.aborted) throw new UserError(`${image.label}: not named: the run was interrupted`);
  return nameContent(image, built, registries, credentials);
}
