/* Judges resources by one policy or all. */
import assert from "node:assert/strict";
import { policies } from "../../../policy/all.ts";
import { judge, type Judgement } from "../../../policy/judgement.ts";
import type { PolicyResource, Properties } from "../../../policy/policy.ts";

/** A resource with nothing but what a test says of it. */
export function resource(
  type: string,
  properties: Properties,
  more: Partial<PolicyResource> = {},
): PolicyResource {
  return {
    type,
    name: "it",
    properties,
    secrets: new Set(),
    protect: false,
    retainOnDelete: false,
    ...more,
  };
}

/** What one policy says of resources; fails for a name that no policy has. */
export function judgedBy(name: string, ...resources: readonly PolicyResource[]): Judgement {
  const only = {
    resource: policies.resource.filter((one) => one.name === name),
    stack: policies.stack.filter((one) => one.name === name),
  };
  assert.equal(only.resource.length + only.stack.length, 1, name);
  return judge(only, resources);
}

/** That a policy finds this, and nothing else. */
export function assertFires(
  name: string,
  message: string | RegExp,
  ...resources: readonly PolicyResource[]
): void {
  const { violations, notJudged } = judgedBy(name, ...resources);
  assert.deepEqual(notJudged, []);
  assert.equal(violations.length, 1, JSON.stringify(violations));
  if (typeof message === "string") assert.equal(violations[0]?.message, message);
  else assert.match(violations[0]?.message ?? "", message);
}

/** That a policy finds nothing and judges everything. */
export function assertSilent(name: string, ...resources: readonly PolicyResource[]): void {
  assert.deepEqual(judgedBy(name, ...resources), { violations: [], notJudged: [] });
}

/** That a policy finds nothing because it cannot know. */
export function assertOpen(
  name: string,
  why: string,
  ...resources: readonly PolicyResource[]
): void {
  const { violations, notJudged } = judgedBy(name, ...resources);
  assert.deepEqual(violations, []);
  assert.deepEqual([...new Set(notJudged.map((one) => one.why))], [why]);
}
