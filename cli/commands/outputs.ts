import { Command } from "commander";
import type { OutputsOptions } from "../show-outputs.ts";
import { engineOption, stackOption } from "./stack-options.ts";

/** `slipway outputs`: what the last `up` left for workflows. */
export function outputsCommand(): Command {
  return new Command("outputs")
    .description("Print the stack outputs of the last `up`.")
    .addOption(stackOption())
    .addOption(engineOption())
    .option("--json", "one JSON object")
    .addHelpText(
      "after",
      `
Example:
  slipway outputs --stack local --json | jq -r '.images["almalinux-builder"]["cuda12.8"].reference'`,
    )
    .action(async (options: OutputsOptions) => {
      const { showOutputs } = await import("../show-outputs.ts");
      process.exitCode = await showOutputs(options);
    });
}
