/** The workflow that publishes. */
export const PUBLISHING_WORKFLOW = ".github/workflows/up.yml";

/** The workflow that shows what a pull request would change. */
export const PLANNING_WORKFLOW = ".github/workflows/plan.yml";

/** The workflow that checks the pins of pull requests, and proposes other ones after a publication. */
export const PINS_WORKFLOW = ".github/workflows/pins.yml";

/** The workflow that makes candidates of the images that a pull request changes. */
export const CANDIDATE_WORKFLOW = ".github/workflows/candidate.yml";

/** The workflow that looks for drift. */
export const DRIFT_WORKFLOW = ".github/workflows/drift.yml";

/** The workflow that brings runners' images up to date. */
export const CACHE_WORKFLOW = ".github/workflows/docker-cache.yml";

/** Whether two lists hold the same, each once; the order of filters that only admit means nothing. */
export function isSame(a: readonly string[], b: readonly string[]): boolean {
  return (
    a.length === b.length && a.every((item) => b.includes(item)) && new Set(a).size === a.length
  );
}
