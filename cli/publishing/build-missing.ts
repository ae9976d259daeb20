import pLimit from "p-limit";
import { all } from "../../provider/all.ts";
import { withDockerConfig } from "../../local/providers/docker-build/docker-config.ts";
import { Registries } from "../../oci/registries.ts";
import { Heartbeat } from "../print/heartbeat.ts";
import { readStack, registryLogins, type Stack } from "../stack.ts";
import { baseLogins } from "./base-logins.ts";
import { openBuilders } from "./build-builders.ts";
import { buildImage, type BuildRun } from "./build-image.ts";
import { listenForInterruption } from "./build-interruption.ts";
import { type BuildPlan, planOf } from "./build-plan.ts";
import { pushableImages } from "./build-registries.ts";
import { builtRef, buildsOfRef, type RefBuilds } from "./build-ref.ts";
import {
  type BuildReport,
  failuresText,
  foundContents,
  reportJson,
  reportLines,
  summaryText,
} from "./build-report.ts";
import { refuseUnresolvedBases, type Selection, selectImages } from "./build-selection.ts";
import { ContentBuilds } from "./content-build.ts";
import { type Survey, surveyContents } from "./content-survey.ts";

export interface BuildMissingOptions extends Selection {
  readonly stack: string;
  /** In full; without it that of the run in GitHub Actions, elsewhere that of the stack's channel. */
  readonly ref?: string;
  readonly json: boolean;
}

/** Images that are given their names at once; each copies a few blobs at a time. */
const PARALLEL_NAMES = 4;

/**
 * Builds what has no content name yet, pushes it by digest and names it. Returns the exit code: 1 when an image failed.
 * @throws UserError for what stands in the way of all images
 */
export async function buildMissing(options: BuildMissingOptions): Promise<number> {
  const started = performance.now();
  const say = options.json ? () => undefined : (line: string) => console.log(line);
  const stack = await readStack(options.stack);
  const ref = buildsOfRef(stack, selectImages(stack, options), builtRef(options.ref, process.env));
  refuseUnresolvedBases(stack, ref.wanted);

  const registries = new Registries();
  const places = ref.wanted.flatMap(({ family }) => family.registries);
  const credentials = await registryLogins(stack, places);
  const pushable = await pushableImages(stack, ref.wanted, registries, credentials);
  const { wanted, withoutEcr } = pushable;
  const leftOut = [...ref.leftOut, ...pushable.leftOut];
  for (const { family, reason } of leftOut) say(`left out  ${family}: ${reason}`);
  for (const { family, reason } of withoutEcr) say(`not on ECR  ${family}: ${reason}`);
  const survey = await surveyContents(stack, wanted, registries, credentials, ref.isTrusted);
  const plans = survey.images.flatMap((image) => planOf(image) ?? []);
  const known = knownContents(survey, plans);
  if (plans.length === 0 && known.failures.length === 0) {
    const count = `${wanted.length} ${wanted.length === 1 ? "image" : "images"}`;
    say(`nothing is missing: ${count} of stack ${stack.name} as asked for, in ${since(started)} s`);
    if (options.json) console.log(reportJson(stack.name, known, leftOut));
    return 0;
  }

  const interruption = listenForInterruption();
  try {
    const run = { registries, credentials, signal: interruption.signal };
    // A family's cache is beside its images on ECR, where up looks for it; any other would be read by nobody.
    const uncached = new Set(withoutEcr.map(({ family }) => family));
    const cacheOf: RefBuilds["cacheOf"] = (build) =>
      uncached.has(build.image.family.name) ? { from: [] } : ref.cacheOf(build);
    const made = await buildPlans(stack, plans, { run, cacheOf, say });
    const report = {
      contents: [...known.contents, ...made.flatMap(({ contents }) => contents)],
      failures: [...known.failures, ...made.flatMap(({ failures }) => failures)],
    };
    if (options.json) console.log(reportJson(stack.name, report, leftOut));
    if (report.failures.length > 0) console.error(failuresText(report));
    say(`${summaryText(wanted.length, report)}, in ${since(started)} s`);
    return interruption.exitCode() ?? (report.failures.length > 0 ? 1 : 0);
  } finally {
    interruption.dispose();
  }
}

/** What the survey alone tells: contents that lack nothing, and images that a registry did not tell of. */
function knownContents({ images, unknown }: Survey, plans: readonly BuildPlan[]): BuildReport {
  const planned = new Set(plans.map(({ image }) => image));
  return {
    contents: images
      .filter((image) => !planned.has(image))
      .flatMap((image) => foundContents(image)),
    failures: unknown.map(({ wanted, fault }) => ({
      wanted,
      message: `${wanted.label}: ${fault.message}`,
    })),
  };
}

interface BuildContext {
  readonly run: Omit<BuildRun, "builds" | "naming">;
  readonly cacheOf: RefBuilds["cacheOf"];
  readonly say: (line: string) => void;
}

/** Does what each image lacks, all at once; one that fails does not stop the others. */
async function buildPlans(
  stack: Stack,
  plans: readonly BuildPlan[],
  { run, cacheOf, say }: BuildContext,
): Promise<readonly BuildReport[]> {
  for (const { image, reason } of plans) say(`${image.label}  ${reason}`);
  const naming = pLimit(PARALLEL_NAMES);
  const buildAll = (builds?: ContentBuilds): Promise<readonly BuildReport[]> =>
    all(
      plans.map(async (plan) => {
        const report = await buildImage(plan, { ...run, naming, ...(builds && { builds }) });
        for (const line of reportLines(report)) say(line);
        return report;
      }),
    );
  const platforms = new Set(plans.flatMap(({ build }) => build));
  if (platforms.size === 0) return buildAll();

  const heartbeat = new Heartbeat(say);
  try {
    const builders = await openBuilders(stack, platforms, (line) => say(`builder  ${line}`));
    const images = plans.filter(({ build }) => build.length > 0).map(({ image }) => image);
    const logins = { ...(await baseLogins(stack, images)), ...run.credentials };
    return await withDockerConfig(
      Object.entries(logins).map(([address, login]) => ({ address, ...login })),
      (dockerConfig) =>
        buildAll(
          new ContentBuilds(stack, {
            builders,
            cacheOf,
            dockerConfig,
            signal: run.signal,
            heartbeat,
            warn: (line) => console.error(line),
          }),
        ),
    );
  } finally {
    heartbeat.stop();
  }
}

/** Seconds since a moment, with one digit. */
function since(started: number): string {
  return ((performance.now() - started) / 1000).toFixed(1);
}
