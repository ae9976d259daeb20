import { CHECKOUT, DOWNLOAD } from "./workflow-action-names.ts";
import { isShippedJob } from "./workflow-safety-candidates.ts";
import { credentialsOf } from "./workflow-safety-credentials.ts";
import { inputsOf, spaced } from "./workflow-safety-inputs.ts";
import {
  findingAt,
  jobsOf,
  type TreeFile,
  type TreeFinding,
  type TreeJob,
  type TreeStep,
} from "./workflow-tree.ts";

/**
 * What a credentialed job may check out: the commit that its run is of, a commit of the base, and protected branches by
 * their name. All else may be anybody's.
 */
const TRUSTED_REFS = [
  "${{ github.sha }}",
  "${{ github.ref }}",
  "${{ github.workflow_sha }}",
  "${{ github.event.pull_request.base.sha }}",
  "${{ github.event.repository.default_branch }}",
  "refs/heads/main",
  "main",
];

/** Inputs that let an artifact be one of another run. */
const OF_ANOTHER_RUN = ["run-id", "repository", "github-token"];

/** Files of others in a job with a credential. */
export function checkoutFindings(file: TreeFile): readonly TreeFinding[] {
  return jobsOf(file).flatMap((job) => {
    const [credential] = credentialsOf(job);
    // What a job takes as data, to the last step, it runs nothing of.
    if (credential === undefined || isShippedJob(job)) return [];
    return job.steps.flatMap((step) => [
      ...checkoutFaults(job, step).map((fault) =>
        findingAt(file, step.path, {
          rule: "untrusted-checkout",
          message: `job ${job.name} holds ${credential} and step ${JSON.stringify(step.label).slice(0, 80)} ${fault}`,
          remedy:
            "check out the commit of the run (no ref, no repository), or do this in a job without a credential",
        }),
      ),
      ...artifactFaults(job, step).map((fault) =>
        findingAt(file, step.path, {
          rule: "untrusted-artifact",
          message: `job ${job.name} holds ${credential} and step ${JSON.stringify(step.label).slice(0, 80)} ${fault}`,
          remedy:
            "take an artifact of the same run, to path: ${{ runner.temp }}/NAME, or do this in a job without a credential",
        }),
      ),
    ]);
  });
}

function checkoutFaults(job: TreeJob, step: TreeStep): readonly string[] {
  if (step.uses?.startsWith(CHECKOUT) !== true) return [];
  const inputs = inputsOf(step, job);
  const ref = inputs.get("ref");
  const repository = inputs.get("repository");
  const unsafe = inputs.get("allow-unsafe-pr-checkout");
  const faults: string[] = [];
  if (ref !== undefined && !TRUSTED_REFS.includes(spaced(ref))) {
    faults.push(`checks out ${JSON.stringify(ref)}, which may be anybody's`);
  }
  if (repository !== undefined && spaced(repository) !== "${{ github.repository }}") {
    faults.push(`checks out the repository ${JSON.stringify(repository)}, which may be anybody's`);
  }
  if (unsafe !== undefined && unsafe !== false) {
    faults.push("allows a fork's pull request to be checked out (allow-unsafe-pr-checkout)");
  }
  return faults;
}

/** An artifact in the checkout would take the place of files that run. */
function artifactFaults(job: TreeJob, step: TreeStep): readonly string[] {
  if (step.uses?.startsWith(DOWNLOAD) !== true) return [];
  const inputs = inputsOf(step, job);
  const strange = OF_ANOTHER_RUN.find((name) => inputs.has(name));
  const path = spaced(inputs.get("path") ?? "");
  return [
    ...(strange === undefined
      ? []
      : [`takes an artifact by its ${strange}, which may be anybody's`]),
    ...(/^\$\{\{ runner\.temp \}\}\/[\w-]+$/.test(path)
      ? []
      : ["puts an artifact where it may overwrite what runs"]),
  ];
}
