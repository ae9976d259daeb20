import { Command } from "commander";
import type { CheckOptions } from "../workflows/check.ts";
import { workflowsDecideCommand } from "./workflows-decide.ts";

/** `slipway workflows`: whether the workflows say what the catalogue and the rules say. */
export function workflowsCommand(): Command {
  const workflows = new Command("workflows")
    .helpCommand(false)
    .description(
      "Check the workflows of this repository against the catalogue and the rules, and decide what a run does.",
    );
  workflows
    .command("check")
    .description(
      "Name everything in .github/workflows and .github/actions that the catalogue, a rule or the list of pinned actions says otherwise, and everything that is not safe, each with what to do. Asks nobody without --online.",
    )
    .option(
      "--write",
      "bring triggers, image lists, time limits and commits up to date; comments and layout stay",
      false,
    )
    .option(
      "--online",
      "ask GitHub whether each pinned action's tag is still that commit (GITHUB_TOKEN is used when there is one)",
      false,
    )
    .option("--json", "one JSON object", false)
    .addHelpText(
      "after",
      `
Exit code: 0, or 1 when there is a finding that is left. A note, of what only a person can make, is none.

Examples:
  slipway workflows check
  slipway workflows check --write
  slipway workflows check --online --json | jq -r '.findings[].message'`,
    )
    .action(async (options: CheckOptions) => {
      const { checkWorkflowTree } = await import("../workflows/check.ts");
      process.exitCode = await checkWorkflowTree(options);
    });
  workflows.addCommand(workflowsDecideCommand());
  return workflows;
}
