/* The plans of the stacks in this tree, as policies see them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { policyResources } from "../../../cli/policy-resources.ts";
import type { Registration } from "../../../engine/monitor.ts";
import { loadProject } from "../../../engine/project.ts";
import { runStack } from "../../../engine/run.ts";
import type { PolicyResource } from "../../../policy/policy.ts";
// The globals that the SDK makes.
import "../../support/engine.ts";
import { describeCloud } from "../../support/described-cloud.ts";

const ROOT = join(import.meta.dirname, "../../..");
const plans = new Map<string, readonly PolicyResource[]>();

/** What a stack of this tree declares; each is planned once, by the whole program. */
export async function planOf(stack: string): Promise<readonly PolicyResource[]> {
  const known = plans.get(stack);
  if (known !== undefined) return known;
  const declared: Registration[] = [];
  // A module runs once, and this one is another for each query.
  const copy = `../../../index.ts?policies-of=${stack}`;
  const result = await runStack({
    project: await loadProject(ROOT, stack),
    operation: "plan",
    program: () => import(copy),
    packages: {},
    stateFile: "",
    onDeclared: (one) => declared.push(one),
  });
  assert.deepEqual(result.failures, []);
  const resources = policyResources(declared);
  plans.set(stack, resources);
  return resources;
}

/** Runs something while there is a cloud on this machine for all that a plan asks: its description. */
export async function withDescribedCloud<T>(body: () => Promise<T>): Promise<T> {
  const takeAway = describeCloud();
  try {
    return await body();
  } finally {
    takeAway();
  }
}
