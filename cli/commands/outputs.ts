import { Command, Option } from "commander";
import type { OutputsOptions } from "../show-outputs.ts";
import { engineOption, stackOption } from "./stack-options.ts";

interface Asked extends OutputsOptions {
  readonly check?: string;
  readonly describe?: boolean;
}

/** `slipway outputs`: what the last `up` left for workflows, and whether workflows use it as it is. */
export function outputsCommand(): Command {
  return new Command("outputs")
    .description("Print the stack outputs of the last `up`, or check how workflows use them.")
    .addOption(stackOption())
    .addOption(engineOption())
    .option("--json", "one JSON object")
    .addOption(
      new Option(
        "--check <path>",
        "read one workflow or action, or all in a folder, and name every variable of the stack that is unknown, out of reach or written out, or unused in the whole folder; asks nobody",
      ).conflicts("engine"),
    )
    .addOption(
      new Option(
        "--describe",
        "say what each output and Actions variable is, as Markdown; with --json, the JSON Schema of the outputs",
      ).conflicts(["check", "engine", "stack"]),
    )
    .addHelpText(
      "after",
      `
Exit code: 0, or 1 when --check finds something.

Examples:
  slipway outputs --stack local --json | jq -r '.images["almalinux-builder"]["cuda12.8"].reference'
  slipway outputs --stack main --check .github/workflows`,
    )
    .action(async ({ check, describe, ...options }: Asked) => {
      if (describe === true) {
        const { describeOutputs } = await import("../outputs/describe-outputs.ts");
        describeOutputs(options);
        return;
      }
      if (check !== undefined) {
        const { checkOutputs } = await import("../outputs/check-outputs.ts");
        process.exitCode = await checkOutputs(check, options);
        return;
      }
      const { showOutputs } = await import("../show-outputs.ts");
      process.exitCode = await showOutputs(options);
    });
}
