import { existsSync } from "node:fs";
import { loadProject } from "../engine/project.ts";
import { UserError } from "../rules/problems.ts";
import { stateFile } from "./embedded.ts";
import { PROJECT_ROOT } from "./project-root.ts";
import { hasPulumi, MISSING } from "./pulumi.ts";
import { stateProblem } from "./state-access.ts";

export type EngineName = "pulumi" | "embedded";

/**
 * The engine an operation runs under. `auto` stays with the embedded engine where that one holds the stack's state: two
 * engines that each think they own a stack would make everything twice. Else it takes the Pulumi CLI when it is there.
 * @throws UserError where there is no such engine, or nothing tells a workflow's job where the CLI's state is
 */
export async function chooseEngine(asked: EngineName | "auto", stack: string): Promise<EngineName> {
  switch (asked) {
    case "embedded":
      return asked;
    case "pulumi":
      if (!(await hasPulumi())) throw new UserError(`--engine pulumi: ${MISSING}`);
      return withState(stack);
    case "auto": {
      if (existsSync(stateFile(stack))) return "embedded";
      if (await hasPulumi()) return withState(stack);
      const { config } = await loadProject(PROJECT_ROOT, stack);
      if (config["slipway:local"] === "true") return "embedded";
      throw new UserError(
        `stack ${stack} is not one of the local cloud, so it is the Pulumi CLI's, but ${MISSING}; ` +
          `"slipway plan --stack ${stack}" shows what it declares without it`,
      );
    }
  }
}

async function withState(stack: string): Promise<"pulumi"> {
  const { config } = await loadProject(PROJECT_ROOT, stack);
  const problem = stateProblem(stack, config, process.env);
  if (problem !== undefined) throw new UserError(problem);
  return "pulumi";
}
