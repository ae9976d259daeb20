import { type Channel, isChannel } from "./names.ts";
import type { WorkflowRunFacts } from "./workflow-run-facts.ts";

/** The workflow whose runs publish images, as GitHub tells of a run's file. */
export const PUBLISHING_WORKFLOW = ".github/workflows/up.yml";

/** What of a run decides. */
export type PublishingRunFacts = Pick<
  WorkflowRunFacts,
  "id" | "repositoryId" | "path" | "event" | "status" | "conclusion" | "headBranch"
> & { readonly headRepository: Pick<{ readonly id: number }, "id"> | undefined };

/**
 * The channel that a run published, or all that keeps it from having published one. A run of a pull request, or of a fork,
 * may have a head branch that is called main: nothing of what it says of itself is looked at before where it is from.
 * @param repositoryId of this repository, on GitHub
 * @see https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/
 */
export function refreshedChannel(
  run: PublishingRunFacts,
  repositoryId: number,
): { readonly channel: Channel } | { readonly problem: string } {
  const { id, path, event, status, conclusion, headBranch, headRepository } = run;
  const faults: string[] = [];
  if (run.repositoryId !== repositoryId) {
    faults.push(`is of another repository (id ${run.repositoryId}, not ${repositoryId})`);
  }
  if (path !== PUBLISHING_WORKFLOW) {
    faults.push(
      `is of ${JSON.stringify(path)}, and only ${PUBLISHING_WORKFLOW} publishes what caches keep`,
    );
  }
  if (event !== "push") {
    faults.push(`was started by ${JSON.stringify(event)}, and caches follow a push alone`);
  }
  if (status !== "completed" || conclusion !== "success") {
    const found = status === "completed" ? String(conclusion) : status;
    faults.push(`did not succeed (${JSON.stringify(found)})`);
  }
  if (headRepository?.id !== repositoryId) {
    const found = headRepository === undefined ? "one that is gone" : `id ${headRepository.id}`;
    faults.push(`has its commit from another repository (${found}, not ${repositoryId})`);
  }
  const isOfChannel = headBranch !== undefined && isChannel(headBranch);
  if (!isOfChannel) {
    const found = headBranch === undefined ? "no branch" : JSON.stringify(headBranch);
    faults.push(`is of ${found}, which is no channel (main, release/ and one more level)`);
  }
  if (faults.length === 0 && isOfChannel) return { channel: headBranch };
  return {
    problem: `run ${id} ${faults.join("; it ")}. Nothing was changed; to refresh all the same, name the channel (--channel)`,
  };
}
