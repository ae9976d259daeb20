import { appendFile } from "node:fs/promises";
import { branchRef } from "../../rules/git-ref.ts";
import { imageLabels } from "../../rules/image-label.ts";
import { MAIN_BRANCH } from "../../rules/names.ts";
import { UserError } from "../../rules/problems.ts";
import { runOnGithub, type RunOnGithub } from "../drift/run-github.ts";
import { explaining } from "../github-access.ts";
import { outputFile } from "../named-file.ts";
import { forLog } from "../print/for-log.ts";
import { table } from "../print/table.ts";
import { PROJECT_ROOT } from "../project-root.ts";
import { commitOf } from "../pull-request/plan-commits.ts";
import { readStack, type Stack } from "../stack.ts";
import { type JobOutputs, outputLines } from "../workflows/decide-output.ts";
import {
  channelOfRef,
  chooseStack,
  projectStacks,
  type RepositoryStack,
  stacksOfRepository,
} from "../workflows/stack-of-run.ts";
import { findPullRequest, type FoundPullRequest } from "./find-pull-request.ts";
import { plannedCandidates, type PlannedCandidate } from "./plan-images.ts";
import { toldDigests } from "./told-candidate.ts";
import { checkoutFolder, treeImages, withTree } from "./tree.ts";

export interface CandidatePlanOptions {
  /** Number of the run of pins.yml. */
  readonly run: number;
  /** Folder of the pull request's merge commit. */
  readonly checkout?: string;
  /** Folder of what it was merged into. */
  readonly base?: string;
  readonly stack?: string;
  readonly json: boolean;
}

/** What is known of a pull request: of its images nothing where there is no checkout. */
interface Plan {
  readonly found: FoundPullRequest;
  readonly stack: Stack;
  readonly images?: readonly PlannedCandidate[];
}

const RIGHTS = "to read Contents, Actions, Checks and Pull requests";

/**
 * Tells what is to be built for the pull request of a run, and hands it to the workflow's jobs through the file in GITHUB_OUTPUT.
 * Returns the exit code.
 * @throws ProblemsError for faults of the checkout's data; UserError for a run that candidates are not built after
 */
export async function planCandidates(options: CandidatePlanOptions): Promise<number> {
  const { GITHUB_OUTPUT = "" } = process.env;
  const file = GITHUB_OUTPUT === "" ? undefined : outputFile("GITHUB_OUTPUT", GITHUB_OUTPUT);
  const job = runOnGithub(process.env, "that may read contents, actions and pull requests");
  const checkout = await folderOf("--checkout", options.checkout);
  const base = await folderOf("--base", options.base);
  if (base !== undefined && checkout === undefined) {
    throw new UserError("--base is what --checkout is compared with; name that, too");
  }
  const plan = await planOf(options, job, { checkout, base });
  const outputs = "nothing" in plan ? nothingFor(checkout !== undefined) : outputsOf(plan);
  console.log(options.json ? planJson(plan) : forLog(planText(plan)));
  if (file !== undefined) await appendFile(file, outputLines(outputs));
  return 0;
}

async function planOf(
  { run: id, stack: given }: CandidatePlanOptions,
  { github, repository }: RunOnGithub,
  {
    checkout,
    base,
  }: { readonly checkout?: string | undefined; readonly base?: string | undefined },
): Promise<Plan | { readonly nothing: string }> {
  const merge = checkout === undefined ? undefined : commitOf(checkout);
  if (checkout !== undefined && merge === undefined) {
    throw new UserError(`--checkout ${checkout} is at no commit that can be told; check out one`);
  }
  const asked = { github, repository, id, ...(merge !== undefined && { merge }) };
  const answer = await explaining(RIGHTS, () => findPullRequest(asked));
  if ("nothing" in answer) return answer;
  const { found } = answer;
  const fullName = `${github.owner}/${repository}`;
  const name = given ?? stackOfBase(await projectStacks(), fullName, found.baseBranch);
  const stack = await readStack(name);
  if (checkout === undefined) return { found, stack };
  const { ownerId, repositoryId } = await github.repositoryNumbers(repository);
  const before = await baseImages(stack, base, found);
  const images = await withTree(
    { checkout, what: "the pull request's checkout" },
    stack,
    async (taken) =>
      plannedCandidates(stack, {
        ...{ checkout, images: taken, base: before },
        expected: { pullRequest: found.number, repository: fullName, repositoryId, ownerId },
        told: (image) =>
          explaining(RIGHTS, () => toldDigests({ github, repository, ...found }, image)),
      }),
  );
  return { found, stack, images };
}

/**
 * The stack whose repositories the candidates of a pull request go to. A release line has its stack's file on its own branch alone;
 * main's has the same repositories, and content has the same name on every channel.
 */
export function stackOfBase(
  stacks: readonly RepositoryStack[],
  repository: string,
  baseBranch: string,
): string {
  const channel = channelOfRef(branchRef(baseBranch));
  const isHere = stacksOfRepository(stacks, repository).some((one) => one.channel === channel);
  return chooseStack(stacks, { repository, channel: isHere ? channel : MAIN_BRANCH });
}

async function baseImages(stack: Stack, base: string | undefined, found: FoundPullRequest) {
  if (base === undefined) return treeImages(PROJECT_ROOT, "this checkout", stack);
  const commit = commitOf(base);
  if (commit !== found.base) {
    throw new UserError(
      `--base ${base} is at ${commit ?? "no commit that can be told"}, not at ${found.base}, which the pull request was merged into`,
    );
  }
  const what = "the checkout of the base";
  return withTree({ checkout: base, what }, stack, async (images) => images);
}

/** What the jobs of the workflow are told where there is nothing to do. */
function nothingFor(isWhole: boolean): JobOutputs {
  const names = ["pull-request", "merge", "head", "base", "stack"];
  return {
    ...Object.fromEntries(names.map((name) => [name, ""])),
    ...(isWhole && { missing: "false", present: "[]", reuse: "[]", reused: "false" }),
  };
}

function outputsOf({ found, stack, images }: Plan): JobOutputs {
  const outputs = {
    "pull-request": String(found.number),
    ...{ merge: found.merge, head: found.head, base: found.base, stack: stack.name },
  };
  if (images === undefined) return outputs;
  const inState = (state: PlannedCandidate["state"]) =>
    images.flatMap((one) => (one.state === state ? one.image : []));
  const built = inState("build");
  // As the workflow's matrix lists them: images of other stacks too, and of what is merged.
  const labels = [...stack.catalog.values()].flatMap(imageLabels);
  const missing = built.filter((image) => labels.includes(image));
  const present = labels.filter((image) => !missing.includes(image)).map((image) => ({ image }));
  const reuse = inState("reuse");
  return {
    ...outputs,
    missing: String(missing.length > 0),
    present: JSON.stringify(present),
    reuse: JSON.stringify(reuse),
    reused: String(reuse.length > 0),
  };
}

function planJson(plan: Plan | { readonly nothing: string }): string {
  if ("nothing" in plan) return JSON.stringify({ pullRequest: null, reason: plan.nothing });
  const { found, stack, images } = plan;
  const { number: pullRequest, ...others } = found;
  return JSON.stringify({ pullRequest, ...others, stack: stack.name, images }, undefined, 2);
}

function planText(plan: Plan | { readonly nothing: string }): string {
  if ("nothing" in plan) return `Nothing to build: ${plan.nothing}.`;
  const { found, stack, images } = plan;
  const { number, merge, head, base } = found;
  const about = `Pull request #${number} at ${head}, merged into ${base} as ${merge}, stack ${stack.name}`;
  if (images === undefined) return about;
  const rows = images.map(({ image, state, reason }) => [image, state, reason]);
  return rows.length === 0 ? about : `${about}\n${table(rows)}`;
}

async function folderOf(option: string, path: string | undefined): Promise<string | undefined> {
  return path === undefined ? undefined : checkoutFolder(option, path);
}
