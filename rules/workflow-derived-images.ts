import { deploymentPolicies, type Environment } from "./refs.ts";
import { isSame, PUBLISHING_WORKFLOW } from "./workflow-derived-names.ts";
import type { Served } from "./workflow-derived.ts";
import {
  environmentOf,
  findingAt,
  jobsOf,
  mapOf,
  type TreeFile,
  type TreeFinding,
} from "./workflow-tree.ts";

/** The most jobs of a matrix. @see https://docs.github.com/en/actions/reference/limits */
export const MOST_JOBS = 256;

/** Every image that is published in an environment has its job there, in the matrix `image` of the publishing workflow. */
export function imageFindings(
  files: readonly TreeFile[],
  { families, catalogue }: Served,
): readonly TreeFinding[] {
  const file = files.find((one) => one.file === PUBLISHING_WORKFLOW);
  if (file === undefined) return [];
  const builds = jobsOf(file).filter((job) => imagesOf(job.value) !== undefined);
  const environments = deploymentPolicies(families.map(({ scheme }) => scheme));
  const unbuilt = [...environments.keys()].filter(
    (environment) => !builds.some((job) => environmentOf(job) === environment),
  );
  return [
    ...unbuilt.map((environment) =>
      findingAt(file, ["jobs"], {
        rule: "images",
        message: `no job builds the ${count(labelsIn(environment, families))} that are published in ${environment}`,
        remedy: `add one with environment: ${environment} and strategy.matrix.image: ${JSON.stringify(labelsIn(environment, families))}`,
      }),
    ),
    ...builds.flatMap((job) => {
      const now = imagesOf(job.value) ?? [];
      const then = labelsIn(environmentOf(job), families);
      // No stack declares its environment, which is told by itself.
      if (then.length === 0) return [];
      const path = [...job.path, "strategy", "matrix", "image"];
      const tooMany = then.length > MOST_JOBS;
      if (isSame(now, then) && !tooMany) return [];
      const missing = then.filter((label) => !now.includes(label));
      const surplus = now.filter((label) => !then.includes(label));
      const elsewhere = surplus.filter((label) => catalogue.includes(label));
      const strange = surplus.filter((label) => !catalogue.includes(label));
      const entered = environmentOf(job) ?? "no environment";
      const twice = now.filter((label, index) => now.indexOf(label) < index);
      const faults = [
        ...(missing.length > 0 ? [`does not build ${missing.join(", ")}`] : []),
        ...(elsewhere.length > 0
          ? [`builds ${elsewhere.join(", ")}, which no stack publishes in ${entered}`]
          : []),
        ...(strange.length > 0
          ? [`builds ${strange.join(", ")}, which the catalogue has not`]
          : []),
        ...(twice.length > 0 ? [`builds ${twice.join(", ")} twice`] : []),
        ...(tooMany ? [`has ${then.length} jobs, and GitHub allows ${MOST_JOBS}`] : []),
      ];
      return findingAt(
        file,
        path,
        {
          rule: "images",
          message: `job ${job.name} ${faults.join(", and ")}`,
          remedy: tooMany
            ? "divide the families among several jobs"
            : [
                ...(missing.length > 0 ? [`add: ${missing.join(", ")}`] : []),
                ...(surplus.length > 0 ? [`take out: ${surplus.join(", ")}`] : []),
                ...(twice.length > 0 ? [`write once: ${twice.join(", ")}`] : []),
              ].join("; "),
        },
        tooMany ? [] : [{ kind: "set", path, value: then }],
      );
    }),
  ];
}

/** The labels of a job's matrix; undefined for a job that builds no images. */
function imagesOf(job: Readonly<Record<string, unknown>>): readonly string[] | undefined {
  const images = mapOf(mapOf(job["strategy"])["matrix"])["image"];
  return Array.isArray(images) ? images.map(String) : undefined;
}

/** The labels of the families that publish in an environment. */
function labelsIn(
  environment: string | undefined,
  families: Served["families"],
): readonly string[] {
  return families
    .filter(({ scheme }) => deploymentPolicies([scheme]).has(environment as Environment))
    .flatMap(({ labels }) => labels);
}

function count(labels: readonly string[]): string {
  return labels.length === 1 ? "image" : `${labels.length} images`;
}
