import { Command, Option } from "commander";
import type { PlanOptions } from "../show-plan.ts";
import { stackOption } from "./stack-options.ts";

/** `slipway plan`: what the stack declares, with no network, no CLI and no credential. */
export function planCommand(): Command {
  return new Command("plan")
    .description(
      "Show everything a stack declares; needs no network, no Pulumi CLI and no credential.",
    )
    .addOption(stackOption())
    .option("--properties", "every property of every resource", false)
    .option("--policies", "judge the plan by the policies, as the policy pack does", false)
    .option(
      "--snapshot <file>",
      "only what would change since this snapshot (slipway snapshot fetch)",
    )
    .addOption(new Option("--json", "one JSON object").conflicts("markdown"))
    .addOption(new Option("--markdown", "for a comment on a pull request").conflicts("json"))
    .addHelpText(
      "after",
      `
Exit code: 0, or 1 when the plan failed or, with --policies, breaks one of medium severity or more.

Examples:
  slipway plan --stack main
  slipway plan --stack main --policies
  slipway plan --stack main --snapshot snapshot.json
  slipway plan --stack therock --json | jq '.resources[].name'`,
    )
    .action(async (options: PlanOptions) => {
      const { showPlan } = await import("../show-plan.ts");
      process.exitCode = await showPlan(options);
    });
}
