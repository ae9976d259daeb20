import { CANDIDATE_WORKFLOW, isSame } from "./workflow-derived-names.ts";
import type { Served } from "./workflow-derived.ts";
import { MOST_JOBS } from "./workflow-derived-images.ts";
import {
  findingAt,
  jobsOf,
  mapOf,
  type TreeFile,
  type TreeFinding,
  type TreeJob,
} from "./workflow-tree.ts";

/**
 * Every image that may have a candidate has its jobs in the workflow that makes them, in one order: what one job keeps for
 * another they find by their number.
 */
export function candidateImageFindings(
  files: readonly TreeFile[],
  { families }: Pick<Served, "families">,
): readonly TreeFinding[] {
  const file = files.find((one) => one.file === CANDIDATE_WORKFLOW);
  if (file === undefined) return [];
  const then = families.flatMap(({ candidates }) => candidates);
  if (then.length === 0 || then.length > MOST_JOBS) return [withoutList(file, then)];
  const jobs = jobsOf(file).flatMap((job) => {
    const images = mapOf(mapOf(job.value["strategy"])["matrix"])["image"];
    return Array.isArray(images) ? [{ job, now: images.map(String) }] : [];
  });
  const [first] = jobs;
  return jobs.flatMap(({ job, now }) => {
    if (!isSame(now, then)) return ofJob(job, now, then);
    const isInOrder = now.every((label, index) => label === first?.now[index]);
    return isInOrder || first === undefined ? [] : [inOtherOrder(job, first)];
  });
}

function pathOf(job: TreeJob): readonly (string | number)[] {
  return [...job.path, "strategy", "matrix", "image"];
}

function inOtherOrder(
  job: TreeJob,
  first: { readonly job: TreeJob; readonly now: readonly string[] },
): TreeFinding {
  return findingAt(job.file, pathOf(job), {
    rule: "candidate-images",
    message: `job ${job.name} has the images in another order than job ${first.job.name}, whose artifacts it takes by their number`,
    remedy: `write them in this order: ${first.now.join(", ")}`,
  });
}

function withoutList(file: TreeFile, then: readonly string[]): TreeFinding {
  return findingAt(file, ["jobs"], {
    rule: "candidate-images",
    ...(then.length === 0
      ? {
          message:
            "makes candidates, and no family that a stack publishes may have any: each has several platforms, or is on docker.io alone",
          remedy: "remove the file",
        }
      : {
          message: `is for ${then.length} images, and GitHub allows ${MOST_JOBS} jobs of a matrix`,
          remedy: "divide the families among several stacks",
        }),
  });
}

function ofJob(
  job: TreeJob,
  now: readonly string[],
  then: readonly string[],
): readonly TreeFinding[] {
  const missing = then.filter((label) => !now.includes(label));
  const surplus = now.filter((label) => !then.includes(label));
  const twice = now.filter((label, index) => now.indexOf(label) < index);
  const faults = [
    ...(missing.length > 0 ? [`lacks ${missing.join(", ")}`] : []),
    ...(surplus.length > 0 ? [`has ${surplus.join(", ")}, of which no candidate is made`] : []),
    ...(twice.length > 0 ? [`has ${twice.join(", ")} twice`] : []),
  ];
  const remedies = [
    ...(missing.length > 0 ? [`add: ${missing.join(", ")}`] : []),
    ...(surplus.length > 0 ? [`take out: ${surplus.join(", ")}`] : []),
    ...(twice.length > 0 ? [`write once: ${twice.join(", ")}`] : []),
  ];
  const path = pathOf(job);
  return [
    findingAt(
      job.file,
      path,
      {
        rule: "candidate-images",
        message: `job ${job.name} ${faults.join(", and ")}`,
        remedy: remedies.join("; "),
      },
      [{ kind: "set", path, value: then }],
    ),
  ];
}
