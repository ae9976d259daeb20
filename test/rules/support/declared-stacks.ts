/* What the stacks in this tree declare, as the engine hears it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Registration } from "../../../engine/monitor.ts";
import { loadProject } from "../../../engine/project.ts";
import { runStack } from "../../../engine/run.ts";
// The globals that the SDK and zod make.
import "zod";
import "../../support/engine.ts";
import { describeCloud } from "../../support/described-cloud.ts";

const ROOT = join(import.meta.dirname, "../../..");
const plans = new Map<string, readonly Registration[]>();

/** Stacks of every kind: two productions, one with no AWS, the local cloud, and a release line. */
export const STACKS = ["main", "therock", "local", "release-2.10"] as const;

/** Everything that a stack declares; each is planned once, by the whole program. */
export async function declaredBy(stack: (typeof STACKS)[number]): Promise<readonly Registration[]> {
  const known = plans.get(stack);
  if (known !== undefined) return known;
  const takeAway = describeCloud();
  try {
    const declared = await plan(stack);
    plans.set(stack, declared);
    return declared;
  } finally {
    takeAway();
  }
}

async function plan(stack: (typeof STACKS)[number]): Promise<readonly Registration[]> {
  const isLine = stack === "release-2.10";
  const project = await loadProject(ROOT, isLine ? "main" : stack);
  const line = { "slipway:owns": "images", "slipway:channel": "release/2.10" };
  const declared: Registration[] = [];
  // A module runs once, and this one is another for each query.
  const copy = `../../../index.ts?declared-by=${stack}`;
  const result = await runStack({
    project: isLine
      ? { ...project, stack, config: { ...lineConfig(project.config), ...line } }
      : project,
    operation: "plan",
    program: () => import(copy),
    packages: {},
    stateFile: "",
    onDeclared: (one) => declared.push(one),
  });
  assert.deepEqual(result.failures, []);
  return declared;
}

/** As `slipway channel create` leaves it: what images follow from. */
function lineConfig(config: Readonly<Record<string, string>>): Record<string, string> {
  const foundation = /^slipway:(?:environments|secrets|sealedSecrets|refCreators)$/;
  return Object.fromEntries(Object.entries(config).filter(([key]) => !foundation.test(key)));
}
