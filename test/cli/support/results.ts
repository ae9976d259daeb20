/* Results of operations as the engine gives them, with only what a test is about. */
import { stripVTControlCharacters } from "node:util";
import type { Failure, RunResult, Step } from "../../../engine/events.ts";

/** A step on an ECR repository called `ci`, unless told otherwise. */
export function step(more: Partial<Step> = {}): Step {
  const type = more.type ?? "aws:ecr/repository:Repository";
  const name = more.name ?? "ci";
  return {
    urn: `urn:pulumi:main::slipway::${type}::${name}`,
    kind: "resource",
    change: "create",
    diff: [],
    seconds: 0,
    ...more,
    type,
    name,
  };
}

/** The result of an operation that did these steps; counted as the engine counts. */
export function result(steps: readonly Step[], more: Partial<RunResult> = {}): RunResult {
  const changes = { create: 0, update: 0, replace: 0, delete: 0, same: 0 };
  for (const { kind, change } of steps) if (kind === "resource") changes[change] += 1;
  return {
    operation: "up",
    project: "slipway",
    stack: "main",
    ok: true,
    changes,
    steps,
    skipped: [],
    failures: [],
    notes: [],
    outputs: {},
    ...more,
  };
}

export function failure(error: Error, more: Partial<Failure> = {}): Failure {
  const { urn, type, name } = step();
  return { urn, type, name, message: error.message, error, ...more };
}

/** Text without colours, which are there when the tests run in a terminal. */
export const plain = stripVTControlCharacters;
