import { Command, Option } from "commander";
import type { OutputsOptions } from "../show-outputs.ts";

/** `slipway outputs`: what the last `up` left for workflows. */
export function outputsCommand(): Command {
  return new Command("outputs")
    .description("Print the stack outputs of the last `up`.")
    .option("--stack <name>", "stack, by its file Pulumi.<name>.yaml", "local")
    .addOption(
      new Option(
        "--engine <engine>",
        "pulumi is the Pulumi CLI; auto takes the one that has the stack's state",
      )
        .choices(["auto", "pulumi", "embedded"])
        .default("auto"),
    )
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
