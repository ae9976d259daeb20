import { ACTIONS_VARIABLES, isVariable, StackOutputs } from "../../rules/stack-outputs.ts";
import { code, markdownTable } from "./markdown.ts";

const GIVEN = {
  always: "every stack",
  aws: "stacks with an AWS account",
  ecr: "stacks with a family on ECR",
  candidates: "stacks that take candidates",
  deployApp: "stacks with `slipway:deployApp`",
  driftApp: "stacks with `slipway:driftApp`",
  pinsApp: "stacks with `slipway:pinsApp`",
} as const;

/** What every stack output and Actions variable is, as two tables in Markdown. */
export function outputsSchemaMarkdown(): string {
  const outputs = Object.entries(StackOutputs.shape).map(([name, { description = "" }]) => [
    code(name),
    description,
  ]);
  const variables = Object.keys(ACTIONS_VARIABLES)
    .filter(isVariable)
    .map((name) => {
      const { place, description, readers, given } = ACTIONS_VARIABLES[name];
      const where = place === "repository" ? "repository" : `environment ${code(place)}`;
      return [code(name), description, where, GIVEN[given], readers];
    });
  return [
    markdownTable([["output", "what it is"], ...outputs]),
    markdownTable([["variable", "what it is", "where", "declared by", "read by"], ...variables]),
  ].join("\n\n");
}
