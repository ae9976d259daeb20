import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineEvent, Operation, RunResult, Step } from "../../../engine/events.ts";
import "../../../engine/state-form.ts"; // a run loads it late, and zod then makes globals, which mocha takes for leaks
import { runStack } from "../../../engine/run.ts";
import type { RunOptions } from "../../../engine/run.ts";
import "../../support/engine.ts"; // names the SDK's globals before mocha looks for leaks
import { Service } from "./service.ts";

/** A stack in a folder of its own, on a service of its own. */
export class TestStack {
  readonly folder: string;
  readonly stateFile: string;
  readonly service = new Service();
  readonly events: EngineEvent[] = [];

  private constructor(folder: string) {
    this.folder = folder;
    this.stateFile = join(folder, "state.json");
  }

  static async make(): Promise<TestStack> {
    return new TestStack(await mkdtemp(join(tmpdir(), "engine-test-")));
  }

  run(
    operation: Operation,
    program: () => unknown = () => undefined,
    options: Partial<RunOptions> = {},
  ): Promise<RunResult> {
    return runStack({
      project: { root: this.folder, name: "slipway", stack: "test", config: {}, secretKeys: [] },
      operation,
      program: async () => (await program()) ?? {},
      packages: { test: this.service.factory },
      stateFile: this.stateFile,
      onEvent: (event) => this.events.push(event),
      ...options,
    });
  }

  /** Like {@link run}, for a run that must succeed. */
  async good(...args: Parameters<TestStack["run"]>): Promise<RunResult> {
    const result = await this.run(...args);
    const [failure] = result.failures;
    if (failure !== undefined) throw failure.error;
    return result;
  }

  stateText(): Promise<string> {
    return readFile(this.stateFile, "utf8");
  }

  /** Names of the lock files that are there. */
  async locks(): Promise<string[]> {
    return (await readdir(this.folder)).filter((name) => name.includes(".lock"));
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

/** `create a`, `same b`: the steps of resources, sorted. */
export function steps(result: RunResult): string[] {
  return result.steps
    .filter(({ kind }) => kind === "resource")
    .map(({ change, name }) => `${change} ${name}`)
    .sort();
}

export function step(result: RunResult, name: string): Step {
  const found = result.steps.find((s) => s.name === name);
  if (found === undefined) throw new Error(`no step of ${name} in ${steps(result).join(", ")}`);
  return found;
}

/** Runs `body` with a new stack and removes it, however the body ends. */
export function withStack(body: (stack: TestStack) => Promise<void>): () => Promise<void> {
  return async () => {
    const stack = await TestStack.make();
    try {
      await body(stack);
    } finally {
      await stack.remove();
    }
  };
}
