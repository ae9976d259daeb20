import { resolve } from "node:path";
import { workflowCheckText } from "../print/outputs-check.ts";
import { callerFolder } from "../project-root.ts";
import { checkWorkflows } from "./check-workflows.ts";
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
  const check = await checkWorkflows(path, expectations, say);
  const { files, findings } = check;
  const ok = findings.length === 0;
  if (json) {
    const { environments } = expectations;
    const variables = [...expectations.variables];
    const report = { stack, ok, variables, environments, files, findings };
    console.log(JSON.stringify(report, undefined, 2));
  } else {
    console.log(workflowCheckText(target, check, expectations));
  }
  return ok ? 0 : 1;
}
