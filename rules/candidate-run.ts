import { PINS_WORKFLOW } from "./workflow-derived-names.ts";
import type { WorkflowRunFacts } from "./workflow-run-facts.ts";

/** What keeps a run from being one that candidates are built after; undefined when nothing does. */
export function candidateRunProblem(
  { id, repositoryId, path, event }: WorkflowRunFacts,
  ownId: number,
): string | undefined {
  if (repositoryId !== ownId) {
    return `run ${id} is of another repository (id ${repositoryId}, not ${ownId})`;
  }
  if (path !== PINS_WORKFLOW) {
    return `run ${id} is of ${JSON.stringify(path)}; candidates are built after runs of ${PINS_WORKFLOW} alone`;
  }
  if (event !== "pull_request") {
    return `run ${id} was started by ${JSON.stringify(event)}; candidates are built after pull_request alone`;
  }
  return undefined;
}
