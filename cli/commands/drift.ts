import { Command } from "commander";
import type { DriftOptions } from "../drift/run-drift.ts";
import { engineOption } from "./stack-options.ts";

/** `slipway drift`: whether everything is still as a stack declares it. */
export function driftCommand(): Command {
  return new Command("drift")
    .helpCommand(false)
    .description(
      "Look whether everything is as a stack declares it: a preview after a refresh must change nothing; then the secrets, the bases, and what ECR will delete. Changes nothing. One look that fails stops no other.",
    )
    .option(
      "--stack <name>",
      "stack, by its file Pulumi.<name>.yaml (default: in GitHub Actions that of the run, else local)",
    )
    .addOption(engineOption())
    .option("--output <file>", "write the report there, as JSON; see docs/drift.md")
    .option("--json", "print the report as one JSON object")
    .addHelpText(
      "after",
      `
Exit code: 0 where everything was asked and nothing was found, else 1.

Examples:
  slipway drift --stack local
  slipway drift --stack main --output drift.json
  slipway drift --stack main --json | jq '.checks[] | select(.outcome != "ok")'`,
    )
    .action(async (options: DriftOptions) => {
      const { runDrift } = await import("../drift/run-drift.ts");
      process.exitCode = await runDrift(options);
    });
}
