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
 * Prints what workflows of a folder get wrong about a stack's variables.
 * @returns the exit code: 1 when there is something
 */
export async function checkOutputs(
  folder: string,
  { stack, json = false }: CheckOptions,
): Promise<number> {
  const expectations = await readExpectations(stack);
  const say = (line: string) => {
    if (process.stderr.isTTY && !json) console.error(line);
  };
  const path = resolve(callerFolder(), folder);
  const { files, findings } = await checkWorkflows(path, expectations, say);
  const ok = findings.length === 0;
  if (json) {
    const { environments } = expectations;
    const variables = [...expectations.variables];
    const report = { stack, ok, variables, environments, files, findings };
    console.log(JSON.stringify(report, undefined, 2));
  } else {
    console.log(workflowCheckText(folder, { files, findings }, expectations));
  }
  return ok ? 0 : 1;
}
