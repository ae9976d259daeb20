import { CHANGED_CODE_ARTIFACT, PREVIEW_ARTIFACT, PREVIEW_FILE } from "./preview-artifacts.ts";
import { CHECKOUT, UPLOAD } from "./workflow-action-names.ts";
import { PLANNING_WORKFLOW } from "./workflow-derived-names.ts";
import { demandsOf } from "./workflow-safety-conditions.ts";
import { spaced } from "./workflow-safety-inputs.ts";
import { surplusKeys } from "./workflow-safety-surplus.ts";
import {
  findingAt,
  jobsOf,
  mapOf,
  type TreeFile,
  type TreeFinding,
  type TreeJob,
  triggersOf,
  type YamlPath,
} from "./workflow-tree.ts";

const KIND = { rule: "preview", owner: "the job of the reviewed preview" };
import { isWantedStep, type WantedStep, wantedStepText } from "./workflow-wanted-step.ts";

const REPORT = `\${{ runner.temp }}/${PREVIEW_FILE}`;

/** What starts a preview; `edited` for another base. */
const TYPES = ["opened", "synchronize", "reopened", "edited"];

/** When there is something to preview: a pull request was edited for another base, not for another title. */
const STARTED = "github.event.action != 'edited' || github.event.changes.base";

const WORKFLOW_KEYS = ["name", "on", "permissions", "concurrency", "jobs"];
const JOB_KEYS = ["name", "if", "runs-on", "timeout-minutes", "permissions", "outputs", "steps"];

/** The steps of the job that calls its preview reviewed: the pull request is data, and the base of its merge is what runs. */
const STEPS: readonly WantedStep[] = [
  {
    uses: CHECKOUT,
    with: { "fetch-depth": 2, path: "pull-request", "persist-credentials": false },
  },
  {
    id: "base",
    run: 'echo "commit=$(git -C pull-request rev-parse --verify HEAD^1)" >> "$GITHUB_OUTPUT"',
  },
  {
    uses: CHECKOUT,
    with: { ref: "${{ steps.base.outputs.commit }}", path: "base", "persist-credentials": false },
  },
  { uses: "./base/.github/actions/setup" },
  { run: 'slipway snapshot fetch --output "$RUNNER_TEMP/snapshot.json"' },
  {
    id: "plan",
    run: `slipway pull-request plan --checkout "$GITHUB_WORKSPACE/pull-request" --snapshot "$RUNNER_TEMP/snapshot.json" --output "$RUNNER_TEMP/${PREVIEW_FILE}"`,
  },
  {
    uses: UPLOAD,
    if: "${{ !cancelled() }}",
    with: {
      name: PREVIEW_ARTIFACT,
      path: REPORT,
      "if-no-files-found": null,
      "retention-days": null,
      overwrite: null,
    },
  },
];

/** The preview that is called reviewed is made for every pull request, by the base's code and nothing else. */
export function planningFindings(file: TreeFile): readonly TreeFinding[] {
  if (file.file !== PLANNING_WORKFLOW) return [];
  const jobs = jobsOf(file);
  const [reviewed, ...rivals] = jobs.filter((job) =>
    uploadsOf(job).some((name) => name === PREVIEW_ARTIFACT),
  );
  return [
    ...ofTrigger(file),
    ...surplusKeys(file, [], mapOf(file.root), WORKFLOW_KEYS, KIND),
    ...(reviewed === undefined
      ? [
          said(file, ["jobs"], {
            message: `no job hands the artifact ${PREVIEW_ARTIFACT} over, which is what a pull request shows`,
            remedy: `write name: ${PREVIEW_ARTIFACT} in the upload of the job that runs the base's code`,
          }),
        ]
      : ofReviewed(reviewed)),
    ...rivals.map((job) =>
      said(file, job.path, {
        message: `job ${job.name} hands the artifact ${PREVIEW_ARTIFACT} over, too`,
        remedy: `write name: ${CHANGED_CODE_ARTIFACT}, for what the pull request's own code says`,
      }),
    ),
    ...jobs.filter((job) => job !== reviewed).flatMap((job) => ofOther(job, reviewed?.name)),
  ];
}

function ofTrigger(file: TreeFile): readonly TreeFinding[] {
  const { pull_request: trigger, ...others } = triggersOf(file);
  const { types, ...filters } = mapOf(trigger);
  const list: readonly unknown[] = Array.isArray(types) ? types : [types];
  const isWhole = list.length === TYPES.length && TYPES.every((type) => list.includes(type));
  return [
    ...Object.keys(others).map((event) =>
      said(file, ["on", event], {
        message: `starts on ${event}, of which no preview comes`,
        remedy: `take on.${event} out`,
      }),
    ),
    ...Object.keys(filters)
      .filter((key) => key !== "branches")
      .map((key) =>
        said(file, ["on", "pull_request", key], {
          message: `passes pull requests over by ${key}`,
          remedy: `take on.pull_request.${key} out`,
        }),
      ),
    ...(isWhole
      ? []
      : [
          said(file, ["on", "pull_request", "types"], {
            message: `starts when a pull request is ${JSON.stringify(types ?? "opened, synchronize, reopened")}; its preview changes with its commits and its base`,
            remedy: `write types: [${TYPES.join(", ")}]`,
          }),
        ]),
  ];
}

function ofReviewed(job: TreeJob): readonly TreeFinding[] {
  const { file } = job;
  const index = STEPS.findIndex((wanted, at) => !isWantedStep(job.steps[at], wanted));
  const different = index < 0 && job.steps.length > STEPS.length ? STEPS.length : index;
  const step = job.steps[different];
  const wanted = STEPS[different];
  return [
    ...surplusKeys(file, job.path, job.value, JOB_KEYS, KIND),
    ...(spaced(job.value["if"] ?? "") === STARTED
      ? []
      : [
          said(file, [...job.path, "if"], {
            message: `job ${job.name} does not run for every pull request`,
            remedy: `write if: ${STARTED}`,
          }),
        ]),
    ...(different < 0
      ? []
      : [
          said(file, step?.path ?? job.path, {
            message: `job ${job.name}, whose preview is called reviewed, has ${step === undefined ? "no" : "another"} step ${different + 1}: a pull request could run there`,
            remedy:
              wanted === undefined
                ? "take the step out"
                : `write the step ${wantedStepText(wanted)}`,
          }),
        ]),
  ];
}

/** The jobs beside it run the pull request's own code, and say so. */
function ofOther(job: TreeJob, reviewed: string | undefined): readonly TreeFinding[] {
  const { file } = job;
  const strange = uploadsOf(job).filter(
    (name) => name !== PREVIEW_ARTIFACT && name !== CHANGED_CODE_ARTIFACT,
  );
  const wanted = ["!cancelled()", `needs.${reviewed ?? "plan"}.outputs.code == 'true'`];
  const demands = demandsOf(job.value["if"]);
  const isAsked =
    demands?.length === wanted.length && wanted.every((demand) => demands.includes(demand));
  return [
    ...strange.map((name) =>
      said(file, job.path, {
        message: `job ${job.name} hands over an artifact ${JSON.stringify(name)}, which nobody reads or which may take another one's place`,
        remedy: `write name: ${CHANGED_CODE_ARTIFACT}`,
      }),
    ),
    ...(isAsked || uploadsOf(job).length === 0
      ? []
      : [
          said(file, [...job.path, "if"], {
            message: `job ${job.name} does not run whenever a pull request changes code`,
            remedy: `write if: \${{ ${wanted.join(" && ")} }}`,
          }),
        ]),
  ];
}

function uploadsOf(job: TreeJob): readonly string[] {
  return job.steps
    .filter(({ uses }) => uses?.startsWith(UPLOAD) === true)
    .map(({ value }) => spaced(mapOf(value["with"])["name"] ?? ""));
}

function said(
  file: TreeFile,
  path: YamlPath,
  finding: Pick<TreeFinding, "message" | "remedy">,
): TreeFinding {
  return findingAt(file, path, { rule: KIND.rule, ...finding });
}
