import { createCheckRun } from "../../github/check-runs.ts";
import { Registries, type RepositoryClient } from "../../oci/registries.ts";
import { candidateCheck } from "../../rules/candidate-check.ts";
import { formatRepository } from "../../rules/image-reference.ts";
import type { CandidateProvenance } from "../../rules/pins/provenance.ts";
import { UserError } from "../../rules/problems.ts";
import { explaining } from "../github-access.ts";
import { attachProvenance } from "../provenance/attach.ts";
import { Signer } from "../provenance/signer.ts";
import { sigstoreOf } from "../provenance/sigstore.ts";
import { forLog } from "../print/for-log.ts";
import { TransferProgress } from "../print/transfer-progress.ts";
import { commitOf } from "../pull-request/plan-commits.ts";
import { readStack, registryLogins, type Stack } from "../stack.ts";
import { stackOrOwn } from "../workflows/stack-of-run.ts";
import { candidateImage, candidatePlaces } from "./candidate-image.ts";
import { type CandidateJob, candidateJob } from "./candidate-job.ts";
import { verifyBlobs } from "./layout-blobs.ts";
import { readLayout } from "./layout.ts";
import { pinnedDigests, verifiedCandidate } from "./pinned.ts";
import { pushLayout } from "./push-layout.ts";
import { toldDigests } from "./told-candidate.ts";
import { checkoutFolder, withTree } from "./tree.ts";

export interface CandidatePushOptions {
  /** Folder of the pull request's merge commit. */
  readonly checkout: string;
  /** By rules/image-label.ts. */
  readonly image: string;
  /** Absent with `reuse`. */
  readonly from?: string;
  readonly reuse: boolean;
  readonly pullRequest: number;
  readonly merge: string;
  readonly head: string;
  readonly base: string;
  readonly stack?: string;
  readonly json: boolean;
}

/** What the token must be able to do, as GitHub names permissions. */
const RIGHTS = "to write Checks";

/** A candidate that is to be published, and where. */
interface Pushed {
  readonly job: CandidateJob;
  readonly stack: Stack;
  readonly checkout: string;
  readonly family: string;
  readonly platform: string;
  /** All of it but the digest, which nobody knows yet. */
  readonly facts: Omit<CandidateProvenance, "digest">;
  readonly repositories: readonly RepositoryClient[];
  readonly progress: TransferProgress;
}

/**
 * Publishes an image that was built from a pull request, or tells of one that is published, and makes the check run last.
 * Returns the exit code.
 * @throws ProblemsError that lists all that is wrong with what was built; UserError when somebody refuses
 */
export async function pushCandidate(options: CandidatePushOptions): Promise<number> {
  const job = candidateJob(process.env);
  const checkout = await checkoutFolder("--checkout", options.checkout);
  const from =
    options.from === undefined ? undefined : await checkoutFolder("--from", options.from);
  const commit = commitOf(checkout);
  if (commit !== options.merge) {
    throw new UserError(
      `--checkout ${options.checkout} is at ${commit ?? "no commit that can be told"}, not at --merge ${options.merge}; check out that commit`,
    );
  }
  const stack = await readStack(await stackOrOwn(options.stack));
  const progress = new TransferProgress(options.json ? undefined : process.stderr);
  try {
    const pushed = await toPush(options, { job, stack, checkout, progress });
    const digest =
      from === undefined ? await reuseCandidate(pushed) : await publishCandidate(pushed, from);
    const references = pushed.repositories.map((one) => `${formatRepository(one)}@${digest}`);
    const { image, contentName, head: headSha } = pushed.facts;
    const { github, repository, runUrl } = job;
    const check = await explaining(RIGHTS, () =>
      createCheckRun(github, {
        ...{ repository, headSha },
        ...candidateCheck({ image, contentName, digest, references, run: runUrl }),
      }),
    );
    progress.stop();
    const { url } = check;
    const result = { image, contentName, digest, references, checkRun: url ?? null };
    const lines = [...references, `check run "${check.name}" of ${headSha}: ${url ?? "made"}`];
    const text = lines.map((line) => `${image}  ${line}`).join("\n");
    console.log(options.json ? JSON.stringify(result, undefined, 2) : forLog(text));
    return 0;
  } finally {
    progress.stop();
  }
}

async function toPush(
  { image: label, reuse, pullRequest, head, merge, base }: CandidatePushOptions,
  own: Pick<Pushed, "job" | "stack" | "checkout" | "progress">,
): Promise<Pushed> {
  const { job, stack, checkout } = own;
  const tree = { checkout, what: "the pull request's checkout" };
  const found = await withTree(tree, stack, async (images) => candidateImage(stack, images, label));
  const { contentName, platform } = found;
  const family = found.family.name;
  const { repositoryId } = await explaining(RIGHTS, () =>
    job.github.repositoryNumbers(job.repository),
  );
  const { fullName: repository, run } = job;
  const all = candidatePlaces(stack, family);
  const access = reuse ? "pull" : "push";
  // Whoever only tells of a candidate has no credentials of AWS, and asks the other registry.
  const places = reuse ? all.filter(({ registry }) => registry !== "ecr") : all;
  const logins = await registryLogins(
    stack,
    places.map(({ registry }) => registry),
  );
  const registries = new Registries();
  return {
    ...own,
    ...{ family, platform },
    facts: {
      ...{ image: label, contentName, pullRequest, head, merge, base },
      ...{ repository, repositoryId, run },
    },
    repositories: places.map((place) => registries.repository(place.repository, logins, access)),
  };
}

/** Verifies all of what was built before any of it is sent, then pushes and signs it. Returns its digest. */
async function publishCandidate(pushed: Pushed, from: string): Promise<string> {
  const { stack, facts, platform, repositories, progress } = pushed;
  const { image, contentName } = facts;
  const hosts = repositories.map(({ host }) => host);
  const layout = await readLayout(from, { image, contentName, platform, hosts });
  const total = layout.blobs.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  progress.step(`of ${image} verified`);
  await verifyBlobs(layout, (count) => {
    done += count;
    progress.update("verified", { total, done, fetched: done });
  });
  const { digest } = layout.manifest;
  progress.note(`${image}  ${contentName} is ${digest}, verified`);
  for (const repository of repositories) {
    const name = formatRepository(repository);
    progress.step(`to ${name}`);
    await pushLayout(layout, repository, (transfer) => progress.update(name, transfer));
  }
  const signer = new Signer(sigstoreOf(stack));
  for (const repository of repositories) {
    progress.note(`${image}  signing for ${formatRepository(repository)}`);
    await attachProvenance(repository, { ...facts, digest }, signer);
  }
  return digest;
}

/** The candidate that the checkout pins or a check run tells of, if it is signed as one of this content and this pull request. */
async function reuseCandidate(pushed: Pushed): Promise<string> {
  const { job, stack, checkout, family, facts, repositories } = pushed;
  const { github, repository } = job;
  const pins = await pinnedDigests(checkout, stack, family);
  const { head, base, image: label, contentName } = facts;
  const checks = await explaining(RIGHTS, () =>
    toldDigests({ github, repository, head, base }, { label, contentName }),
  );
  const digests = [...new Set([...pins, ...checks])];
  const { ownerId } = await job.github.repositoryNumbers(job.repository);
  const expected = { ...facts, ownerId };
  const found = await verifiedCandidate(digests, repositories, expected, sigstoreOf(stack));
  if ("digest" in found) return found.digest;
  throw new UserError(
    `${facts.image}: no candidate of ${facts.contentName} can be reused: ${found.refused}; build it and push that`,
  );
}
