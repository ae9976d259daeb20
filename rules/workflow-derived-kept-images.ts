import { MOST_JOBS } from "./workflow-derived-images.ts";
import { otherJobFindings } from "./workflow-derived-kept-runners.ts";
import { CACHE_WORKFLOW, isSame } from "./workflow-derived-names.ts";
import type { KeptImage, Served } from "./workflow-derived.ts";
import { ALL_IMAGES } from "./workflow-refresh-form.ts";
import {
  type Edit,
  findingAt,
  jobsOf,
  mapOf,
  type TreeFile,
  type TreeFinding,
  type TreeJob,
  triggersOf,
} from "./workflow-tree.ts";

/** Every image that an `image.yaml` gives runners to keep has a job on each of them, and these runners have no other jobs. */
export function keptImageFindings(
  files: readonly TreeFile[],
  { families }: Pick<Served, "families">,
  unread: readonly string[] = [],
): readonly TreeFinding[] {
  const kept = families.flatMap((family) => family.kept);
  const file = files.find((one) => one.file === CACHE_WORKFLOW);
  const others = files.filter((one) => one !== file).flatMap(jobsOf);
  const elsewhere = kept.length === 0 ? [] : others.flatMap((job) => otherJobFindings(job, kept));
  if (file === undefined) {
    const isMissing = kept.length > 0 && !unread.includes(CACHE_WORKFLOW);
    return isMissing ? [missingWorkflow(kept), ...elsewhere] : elsewhere;
  }
  if (kept.length === 0) return [needlessWorkflow(file), ...elsewhere];
  return [
    ...jobsOf(file).flatMap((job) => ofMatrix(job, kept)),
    ...ofChoice(file, kept),
    ...elsewhere,
  ];
}

function ofMatrix(job: TreeJob, kept: readonly KeptImage[]): readonly TreeFinding[] {
  const { include } = mapOf(mapOf(job.value["strategy"])["matrix"]);
  const now = Array.isArray(include) ? include.map(pairText) : [];
  const then = kept.map(pairText);
  if (isSame(now, then) && then.length <= MOST_JOBS) return [];
  const path = [...job.path, "strategy", "matrix", "include"];
  const edit: Edit = { kind: "set", path, value: kept.map((pair) => ({ ...pair })) };
  return [fault(job.file, path, `job ${job.name}`, "refresh", now, then, edit)];
}

/** What can be chosen by hand: all, or one of them. */
function ofChoice(file: TreeFile, kept: readonly KeptImage[]): readonly TreeFinding[] {
  const inputs = mapOf(mapOf(triggersOf(file)["workflow_dispatch"])["inputs"]);
  const { options, default: chosen } = mapOf(inputs["image"]);
  const now = Array.isArray(options) ? options.map(String) : [];
  const then = [ALL_IMAGES, ...new Set(kept.map(({ image }) => image))];
  const path = ["on", "workflow_dispatch", "inputs", "image"];
  return [
    ...(isSame(now, then)
      ? []
      : [
          fault(file, [...path, "options"], "the input image", "offer", now, then, {
            ...{ kind: "set", path: [...path, "options"], value: then },
          }),
        ]),
    ...(chosen === ALL_IMAGES
      ? []
      : [
          findingAt(
            file,
            [...path, "default"],
            {
              rule: "kept-images",
              message: `a dispatch that names no image is for ${JSON.stringify(chosen ?? null)}`,
              remedy: `write default: ${ALL_IMAGES}`,
            },
            [{ kind: "set", path: [...path, "default"], value: ALL_IMAGES }],
          ),
        ]),
  ];
}

function fault(
  file: TreeFile,
  path: TreeJob["path"],
  what: string,
  does: string,
  now: readonly string[],
  then: readonly string[],
  edit: Edit,
): TreeFinding {
  const missing = then.filter((one) => !now.includes(one));
  const surplus = now.filter((one) => !then.includes(one));
  const twice = now.filter((one, index) => now.indexOf(one) < index);
  const tooMany = then.length > MOST_JOBS;
  const faults = [
    ...(missing.length > 0 ? [`does not ${does} ${missing.join(", ")}`] : []),
    ...(surplus.length > 0 ? [`${does}s ${surplus.join(", ")}, which no image.yaml says`] : []),
    ...(twice.length > 0 ? [`${does}s ${twice.join(", ")} twice`] : []),
    ...(tooMany ? [`has ${then.length} jobs, and GitHub allows ${MOST_JOBS}`] : []),
  ];
  const remedies = [
    ...(missing.length > 0 ? [`add: ${missing.join(", ")}`] : []),
    ...(surplus.length > 0 ? [`take out: ${surplus.join(", ")}`] : []),
    ...(twice.length > 0 ? [`write once: ${twice.join(", ")}`] : []),
  ];
  return findingAt(
    file,
    path,
    {
      rule: "kept-images",
      message: `${what} ${faults.join(", and ")}`,
      remedy: tooMany ? "name fewer runners under cache: of image.yaml" : remedies.join("; "),
    },
    tooMany ? [] : [edit],
  );
}

/** `linux.rocm.gfx942.docker-cache: ci-image/cpu`; anything else as it is. */
function pairText(value: unknown): string {
  const { runner, image, ...others } = mapOf(value);
  const isPair = typeof runner === "string" && typeof image === "string";
  return isPair && Object.keys(others).length === 0
    ? `${runner}: ${image}`
    : JSON.stringify(value ?? null);
}

function missingWorkflow(kept: readonly KeptImage[]): TreeFinding {
  const runners = [...new Set(kept.map(({ runner }) => runner))];
  return {
    ...{ file: CACHE_WORKFLOW, line: 1, rule: "kept-images", edits: [] },
    message: `is not there; image.yaml says that ${runners.join(", ")} ${runners.length === 1 ? "keeps" : "keep"} images`,
    remedy: "take it from Slipway, or cache: out of image.yaml",
  };
}

function needlessWorkflow(file: TreeFile): TreeFinding {
  return findingAt(file, ["jobs"], {
    rule: "kept-images",
    message: "refreshes what runners keep, and no family that a stack publishes names any",
    remedy: "write cache: with the runners' label into an image.yaml, or remove the file",
  });
}
