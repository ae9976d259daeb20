import { UserError } from "../rules/problems.ts";
import { chooseEngine, type EngineName } from "./engine-choice.ts";
import { readEmbeddedOutputs } from "./embedded.ts";
import { outputsText } from "./print/outputs-text.ts";
import { PROJECT_ROOT } from "./project-root.ts";
import { pulumiBackendOf, runPulumi } from "./pulumi.ts";

export interface OutputsOptions {
  readonly stack: string;
  readonly engine: EngineName | "auto";
  readonly json?: boolean;
}

/** Prints the outputs of a stack. Returns the exit code. */
export async function showOutputs({ stack, engine: asked, json }: OutputsOptions): Promise<number> {
  const engine = await chooseEngine(asked, stack);
  if (engine === "pulumi") {
    const args = ["stack", "output", "--stack", stack, ...(json === true ? ["--json"] : [])];
    return runPulumi(PROJECT_ROOT, args, await pulumiBackendOf(PROJECT_ROOT, stack));
  }
  const outputs = await readEmbeddedOutputs(stack);
  if (outputs === undefined) {
    throw new UserError(
      `stack ${stack} has no outputs here: it was never applied; run slipway up --stack ${stack}`,
    );
  }
  const values = Object.fromEntries(
    Object.entries(outputs).map(([name, { value }]) => [name, value]),
  );
  console.log(json === true ? JSON.stringify(values, undefined, 2) : outputsText(outputs));
  return 0;
}
