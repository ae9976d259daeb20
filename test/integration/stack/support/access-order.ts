import assert from "node:assert/strict";
import type { Run } from "./local-stack.ts";

export const RULESET = "github:index/repositoryRuleset:RepositoryRuleset";
export const ENVIRONMENT = "slipway:index:GithubEnvironment";
export const ROLE = "aws:iam/role:Role";

/** Fails unless all resources of each type were done before any of the next; a run tells them as they end. */
export function assertOrder(resources: Run["resources"], types: readonly string[]): void {
  const found = resources.map(({ type }) => type).filter((type) => types.includes(type));
  assert.deepEqual([...new Set(found)], types);
  const sorted = found.toSorted((one, other) => types.indexOf(one) - types.indexOf(other));
  assert.deepEqual(found, sorted);
}
