import { resolve } from "node:path";
import { workflowCheckText } from "../print/outputs-check.ts";
import { callerFolder } from "../project-root.ts";
import { checkWorkflows } from "./check-workflows.ts";
import { projectStacks } from "../workflows/stack-of-run.ts";
import { readExpectations } from "./expectations.ts";

export interface CheckOptions {
  readonly stack: string;
  readonly json?: boolean;
}

/**
 * Prints what workflows of a folder, or one of them, get wrong about a stack's variables.
 * @returns the exit code: 1 when there is something
 */
export async function checkOutputs(
  target: string,
  { stack, json = false }: CheckOptions,
): Promise<number> {
  const expectations = await readExpectations(stack);
  const say = (line: string) => {
    if (process.stderr.isTTY && !json) console.error(line);
  };
  const path = resolve(callerFolder(), target);
  const others = await environmentsOfOthers(stack);
  const environments = [...expectations.environments, ...others];
  const check = await checkWorkflows(path, { ...expectations, environments }, say);
  const { files, findings } = check;
  // What nothing reads may be for workflows elsewhere, and harms nobody.
  const ok = findings.every(({ kind }) => kind === "unused");
  if (json) {
    const variables = [...expectations.variables];
    const own = expectations.environments;
    const report = { stack, ok, variables, environments: own, files, findings };
    console.log(JSON.stringify(report, undefined, 2));
  } else {
    console.log(workflowCheckText(target, check, expectations));
  }
  return ok ? 0 : 1;
}

/** Environments of the other stacks that the same workflows serve. */
async function environmentsOfOthers(stack: string): Promise<readonly string[]> {
  const others = (await projectStacks()).filter(
    ({ name, owns, local }) => name !== stack && owns === "all" && !local,
  );
  const expectations = await Promise.all(others.map(({ name }) => readExpectations(name)));
  return expectations.flatMap(({ environments }) => environments);
}
