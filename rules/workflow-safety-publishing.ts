import { DEPLOY_ENVIRONMENT, PUBLISHING_ENVIRONMENT } from "./refs.ts";
import { PUBLISHING_WORKFLOW } from "./workflow-derived-names.ts";
import { demandsOf } from "./workflow-safety-conditions.ts";
import { spaced } from "./workflow-safety-inputs.ts";
import {
  environmentOf,
  findingAt,
  jobsOf,
  mapOf,
  type TreeFile,
  type TreeFinding,
  type TreeJob,
  type YamlPath,
} from "./workflow-tree.ts";

/** The jobs of the publishing workflow by what they do. */
interface Parts {
  /** Name of the job that decides for all. */
  readonly decides: string;
  readonly promotes: readonly TreeJob[];
  readonly builds: readonly TreeJob[];
  readonly ups: readonly TreeJob[];
  readonly records: readonly TreeJob[];
}

/** The publishing workflow decides, takes candidates over, builds, applies, looks that nothing is left to change, and records, in this order. */
export function publishingFindings(file: TreeFile): readonly TreeFinding[] {
  if (file.file !== PUBLISHING_WORKFLOW) return [];
  const jobs = jobsOf(file);
  const running = (command: string) => jobs.filter((job) => lineOf(job, command) >= 0);
  const parts: Parts = {
    decides: running("slipway workflows decide")[0]?.name ?? "plan",
    promotes: running("slipway pins promote"),
    builds: running("slipway build"),
    ups: running("slipway up"),
    records: running("slipway record"),
  };
  return [
    ...missingParts(file, parts),
    ...jobs.flatMap(forgiven),
    ...parts.promotes.flatMap((job) => ofOrder(job, parts)),
    ...parts.builds.flatMap((job) => [...ofMatrix(job, parts), ...ofOrder(job, parts)]),
    ...parts.ups.flatMap((job) => [...ofSteps(job), ...ofOrder(job, parts)]),
    ...parts.records.flatMap((job) => ofOrder(job, parts)),
  ];
}

function missingParts(
  file: TreeFile,
  { promotes, builds, ups, records }: Parts,
): readonly TreeFinding[] {
  const unrecorded = [...new Set(builds.map(environmentOf))].filter(
    (environment) => !records.some((job) => environmentOf(job) === environment),
  );
  return [
    ...unrecorded.map((environment) =>
      said(file, ["jobs"], {
        message: `no job records what was built in ${environment ?? "no environment"}`,
        remedy: `add a job with environment: ${environment ?? PUBLISHING_ENVIRONMENT} that runs slipway record --stack "$STACK"`,
      }),
    ),
    ...(promotes.some((job) => environmentOf(job) === PUBLISHING_ENVIRONMENT)
      ? []
      : [
          said(file, ["jobs"], {
            message: `no job in ${PUBLISHING_ENVIRONMENT} takes candidates over before what is missing is built`,
            remedy: `add a job with environment: ${PUBLISHING_ENVIRONMENT} that runs slipway pins promote --stack "$STACK"`,
          }),
        ]),
    ...(ups.some((job) => environmentOf(job) === DEPLOY_ENVIRONMENT)
      ? []
      : [
          said(file, ["jobs"], {
            message: `no job applies a stack in ${DEPLOY_ENVIRONMENT}`,
            remedy: `add a job with environment: ${DEPLOY_ENVIRONMENT} that runs slipway up --stack "$STACK" --yes --only-built`,
          }),
        ]),
  ];
}

/** A job or step whose failure counts for nothing, or that runs only sometimes. */
function forgiven(job: TreeJob): readonly TreeFinding[] {
  const places = [job, ...job.steps].filter(
    ({ value }) => ![undefined, false].includes(value["continue-on-error"] as never),
  );
  const skipped = job.steps.filter(
    ({ run, value }) => run !== undefined && value["if"] !== undefined,
  );
  return [
    ...places.map(({ path }) =>
      said(job.file, [...path, "continue-on-error"], {
        message: `job ${job.name} goes on after an error, and what comes next takes it for done`,
        remedy: "take continue-on-error out",
      }),
    ),
    ...skipped.map(({ path, label }) =>
      said(job.file, [...path, "if"], {
        message: `job ${job.name} runs step ${JSON.stringify(label).slice(0, 80)} only if something holds`,
        remedy: "take the step's if: out",
      }),
    ),
  ];
}

/** One job an image of the catalogue, but for what is there; one that fails stops no other. */
function ofMatrix(job: TreeJob, { decides }: Parts): readonly TreeFinding[] {
  const strategy = mapOf(job.value["strategy"]);
  const { exclude, ...matrix } = mapOf(strategy["matrix"]);
  const present = `\${{ fromJSON(needs.${decides}.outputs.present) }}`;
  const path = [...job.path, "strategy"];
  return [
    ...(strategy["fail-fast"] === false
      ? []
      : [
          said(job.file, [...path, "fail-fast"], {
            message: `job ${job.name} cancels every image when one fails`,
            remedy: "write fail-fast: false",
          }),
        ]),
    ...(spaced(exclude ?? null) === present
      ? []
      : [
          said(job.file, [...path, "matrix", "exclude"], {
            message: `job ${job.name} starts for images that are there`,
            remedy: `write exclude: ${present}`,
          }),
        ]),
    ...Object.keys(matrix)
      .filter((key) => key !== "image")
      .map((key) =>
        said(job.file, [...path, "matrix", key], {
          message: `job ${job.name} has ${key} in its matrix, beside the images of the catalogue`,
          remedy: `take ${key} out`,
        }),
      ),
  ];
}

/** What was applied is compared with what is declared. */
function ofSteps(job: TreeJob): readonly TreeFinding[] {
  const up = lineOf(job, "slipway up");
  const preview = job.steps.findIndex(
    ({ run = "" }, index) =>
      index > up &&
      run.startsWith("slipway preview ") &&
      / --expect-no-changes(?: |$)/.test(run.trim()),
  );
  if (preview >= 0) return [];
  return [
    said(job.file, job.steps[up]?.path ?? job.path, {
      message: `job ${job.name} applies a stack and does not look whether anything is left to change`,
      remedy: `add a step behind it: slipway preview --stack "$STACK" --expect-no-changes --only-built`,
    }),
  ];
}

/** What a job waits for, and for which runs it is. */
function ofOrder(job: TreeJob, parts: Parts): readonly TreeFinding[] {
  const { needs, demands } = orderOf(job, parts);
  const now = needsOf(job);
  const unawaited = needs.filter((name) => !now.includes(name));
  const given = demandsOf(job.value["if"]);
  const isSame =
    given?.length === demands.length && demands.every((demand) => given.includes(demand));
  return [
    ...(unawaited.length === 0
      ? []
      : [
          said(job.file, [...job.path, "needs"], {
            message: `job ${job.name} does not wait for ${unawaited.join(", ")}`,
            remedy: `write needs: [${[...new Set([...now, ...needs])].join(", ")}]`,
          }),
        ]),
    ...(isSame
      ? []
      : [
          said(job.file, [...job.path, "if"], {
            message: `job ${job.name} runs ${job.value["if"] === undefined ? "without a condition" : `if ${spaced(job.value["if"]).slice(0, 200)}`}, which is not when it is for a run`,
            remedy: `write if: \${{ ${demands.join(" && ")} }}`,
          }),
        ]),
  ];
}

function orderOf(
  job: TreeJob,
  { decides, promotes, builds, ups, records }: Parts,
): { readonly needs: readonly string[]; readonly demands: readonly string[] } {
  const decided = (name: string, value: string) => `needs.${decides}.outputs.${name} == '${value}'`;
  const environment = environmentOf(job) ?? "";
  const named = (jobs: readonly TreeJob[], where: string) =>
    jobs.filter((one) => environmentOf(one) === where).map(({ name }) => name);
  if (ups.includes(job)) {
    const apply = environment === DEPLOY_ENVIRONMENT ? "foundation" : "images";
    return {
      needs: [decides, ...named(builds, PUBLISHING_ENVIRONMENT)],
      demands: ["!cancelled()", decided("apply", apply)],
    };
  }
  if (!records.includes(job)) {
    const demands = [decided("environment", environment), decided("missing", "true")];
    // The first writer of a content name wins, so that a candidate is taken over before anything is built, or never.
    const before = promotes.includes(job) ? [] : named(promotes, environment);
    return {
      needs: [decides, ...before],
      demands: before.length === 0 ? demands : ["!cancelled()", ...demands],
    };
  }
  const applied = environment === PUBLISHING_ENVIRONMENT ? ups.map(({ name }) => name) : [];
  const either = [
    decided("apply", "nothing"),
    ...applied.map((name) => `needs.${name}.result == 'success'`),
  ];
  return {
    needs: [decides, ...named(builds, environment), ...applied],
    demands: [
      "!cancelled()",
      decided("environment", environment),
      ...(applied.length === 0 ? [] : [`(${either.join(" || ")})`]),
    ],
  };
}

/** Which step of a job runs a command; -1 for none. */
function lineOf(job: TreeJob, command: string): number {
  return job.steps.findIndex(({ run = "" }) => `${run.trim()} `.startsWith(`${command} `));
}

function needsOf({ value: { needs } }: TreeJob): readonly string[] {
  if (typeof needs === "string") return [needs];
  return Array.isArray(needs) ? needs.map(String) : [];
}

function said(
  file: TreeFile,
  path: YamlPath,
  finding: Pick<TreeFinding, "message" | "remedy">,
): TreeFinding {
  return findingAt(file, path, { rule: "publishing", ...finding });
}
