import { isShippedJob } from "./workflow-safety-candidates.ts";
import { demandsOf } from "./workflow-safety-conditions.ts";
import { credentialsOf, isOwnTokens } from "./workflow-safety-credentials.ts";
import { isOfReadRole, mayHoldReadRole } from "./workflow-safety-refreshing.ts";
import {
  findingAt,
  jobsOf,
  mapOf,
  type TreeFile,
  type TreeFinding,
  type TreeJob,
  triggersOf,
} from "./workflow-tree.ts";

/** Events whose runs a pull request starts, with its own version of the workflow or of what that runs. */
const OF_PULL_REQUESTS: readonly string[] = [
  "pull_request",
  "pull_request_review",
  "pull_request_review_comment",
  "merge_group",
];

/** An event that starts a workflow, by itself or by another workflow that calls it. */
interface Start {
  readonly event: string;
  readonly file: TreeFile;
}

/** What of pull requests starts a workflow, itself or through others. */
export function pullRequestStart(file: TreeFile, files: readonly TreeFile[]): Start | undefined {
  return startsOf(file, files).find(({ event }) => OF_PULL_REQUESTS.includes(event));
}

/** Which jobs may have no credential, or only that of their own token, for what starts them. */
export function eventFindings(file: TreeFile, files: readonly TreeFile[]): readonly TreeFinding[] {
  const ofPullRequest = pullRequestStart(file, files);
  const ofRun = startsOf(file, files).find(({ event }) => event === "workflow_run");
  return jobsOf(file).flatMap((job) => {
    const credentials = credentialsOf(job);
    // It starts by no pull request, whatever starts its workflow, or takes of that nothing but data.
    if (isShippedJob(job)) return [];
    const isRefresh = mayHoldReadRole(job);
    const more = credentials.filter(
      (one) => !isOwnTokens(one) && !(isRefresh && isOfReadRole(one)),
    );
    return [
      ...(ofPullRequest === undefined || credentials.length === 0
        ? []
        : [
            findingAt(file, job.path, {
              rule: "pull-request-credential",
              message: `job ${job.name} of a workflow on ${startText(ofPullRequest, file)} holds ${credentials.join(", ")}; a pull request may change what it runs`,
              remedy: "give it contents: read alone, and do the rest in a workflow of main",
            }),
          ]),
      ...(ofRun === undefined || more.length === 0
        ? []
        : [
            findingAt(file, job.path, {
              rule: "workflow-run",
              message: `job ${job.name} of a workflow on ${startText(ofRun, file)} holds ${more.join(", ")}; a pull request may start what it waits for`,
              remedy:
                "give it permissions of its own token alone, and do the rest in a workflow on push",
            }),
          ]),
      ...(ofRun?.file === file && credentials.length > 0 && !isRefresh
        ? unguarded(job, files)
        : []),
    ];
  });
}

/** How a workflow waits for another one whose end starts it, with a credential. */
export function waitFindings(file: TreeFile): readonly TreeFinding[] {
  const triggers = triggersOf(file);
  if (!Object.hasOwn(triggers, "workflow_run")) return [];
  if (!jobsOf(file).some((job) => credentialsOf(job).length > 0)) return [];
  const wait = mapOf(triggers["workflow_run"]);
  const path = ["on", "workflow_run"];
  const { types } = wait;
  const filters = Object.keys(wait).filter((key) => key !== "workflows" && key !== "types");
  return [
    ...(isOne(types, "completed")
      ? []
      : [
          findingAt(file, [...path, ...(types === undefined ? [] : ["types"])], {
            rule: "workflow-run",
            message: `waits for ${types === undefined ? "every activity" : JSON.stringify(types)} of another workflow, whose result is there once it is completed`,
            remedy: "write types: [completed]",
          }),
        ]),
    ...filters.map((key) =>
      findingAt(file, [...path, key], {
        rule: "workflow-run",
        message: `passes runs over by ${key}, which names branches of the pull requests, not their bases`,
        remedy: `take ${key} out`,
      }),
    ),
  ];
}

/** The name of the run's workflow is anybody's to take, its path is not. */
function unguarded(job: TreeJob, files: readonly TreeFile[]): readonly TreeFinding[] {
  const waited = mapOf(triggersOf(job.file)["workflow_run"])["workflows"];
  const awaited = files.find(({ root, kind }) => {
    const { name } = mapOf(root);
    return kind === "workflow" && typeof name === "string" && isOne(waited, name);
  });
  const run = "github.event.workflow_run";
  const event = awaited === undefined ? "push" : (Object.keys(triggersOf(awaited))[0] ?? "push");
  const guards = [
    `${run}.event == '${event}'`,
    `${run}.path == '${awaited?.file ?? ".github/workflows/NAME.yml"}'`,
    `${run}.repository.id == github.repository_id`,
  ];
  const demands = demandsOf(job.value["if"]);
  const missing = guards.filter((guard) => demands?.includes(guard) !== true);
  if (missing.length === 0) return [];
  return [
    findingAt(job.file, [...job.path, ...(job.value["if"] === undefined ? [] : ["if"])], {
      rule: "workflow-run",
      message: `job ${job.name} does not look which run started it: its if: lacks ${missing.join(", ")}`,
      remedy: `write if: ${guards.join(" && ")}`,
    }),
  ];
}

function startsOf(
  file: TreeFile,
  files: readonly TreeFile[],
  seen: readonly TreeFile[] = [],
): readonly Start[] {
  if (seen.includes(file)) return [];
  const callers = files.filter((one) => jobsOf(one).some((job) => calls(job, file)));
  return [
    ...Object.keys(triggersOf(file)).map((event) => ({ event, file })),
    ...callers.flatMap((caller) => startsOf(caller, files, [...seen, file])),
  ];
}

/** Whether a job calls a workflow of this repository, of its own commit or another one. */
function calls({ value: { uses } }: TreeJob, { file }: TreeFile): boolean {
  return typeof uses === "string" && (uses === `./${file}` || uses.includes(`/${file}@`));
}

function startText({ event, file }: Start, own: TreeFile): string {
  return file === own ? event : `${event} (${file.file} calls it)`;
}

function isOne(value: unknown, wanted: string): boolean {
  return value === wanted || (Array.isArray(value) && value.length === 1 && value[0] === wanted);
}
