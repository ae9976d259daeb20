import { ActionsVariable } from "@pulumi/github/actionsVariable.js";
import * as pulumi from "@pulumi/pulumi";
import { actionsNameProblems } from "../rules/actions-name.ts";
import { ProblemsError } from "../rules/problems.ts";

/** The repository and its variables. */
export interface WorkflowVariablesArgs {
  /** Name of the repository without its owner. */
  readonly repository: string;
  /** Values by name; a workflow reads them as `vars.NAME`. */
  readonly variables: Readonly<Record<string, pulumi.Input<string>>>;
}

/**
 * What workflows of a repository are told of the stack: variables, not secrets, so that logs show them and a diff reads.
 *
 * @example
 * new WorkflowVariables("workflows", { repository: "pytorch", variables: { SLIPWAY_AWS_REGION: "us-east-1" } });
 */
export class WorkflowVariables extends pulumi.ComponentResource {
  /** Names of the variables. */
  readonly names: readonly string[];

  /** @throws ProblemsError that lists every name that GitHub would refuse. */
  constructor(
    name: string,
    args: WorkflowVariablesArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    const problems = actionsNameProblems(Object.keys(args.variables), "variables");
    if (problems.length > 0) throw new ProblemsError(`variables of ${args.repository}`, problems);
    super("slipway:index:WorkflowVariables", name, {}, opts);
    for (const [variableName, value] of Object.entries(args.variables)) {
      new ActionsVariable(
        `${name}-${variableName}`,
        { repository: args.repository, variableName, value },
        {
          parent: this,
          deleteBeforeReplace: true,
          // What a component depends on, its children do not by themselves.
          ...(opts.dependsOn !== undefined && { dependsOn: opts.dependsOn }),
        },
      );
    }
    this.names = Object.keys(args.variables);
    this.registerOutputs({ names: this.names });
  }
}
