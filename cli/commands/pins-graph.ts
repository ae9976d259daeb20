import { Command } from "commander";
import type { GraphOptions } from "../pins/graph/run-graph.ts";
import { listOption, pinnedImages, pinsStackOption } from "./pins-options.ts";

/** `slipway pins graph`: who uses which digest. */
export function pinsGraphCommand(): Command {
  return new Command("graph")
    .description(
      "Show each digest that is used: where, by whom, what it is called, and what keeps it on its registry.",
    )
    .addArgument(pinnedImages())
    .option("--root <folder>", "tree whose pins are shown (default: this one)")
    .addOption(pinsStackOption())
    .addOption(listOption())
    .option("--offline", "ask no registry: what the tree and Pins.<stack>.yaml tell", false)
    .option("--json", "a JSON list, one object for each digest", false)
    .addHelpText(
      "after",
      `
Users are the places of the tree and the repositories of Pins.<stack>.yaml (slipway pins protect); what channels publish of the
same images is shown with them. What ECR will do is worked out for a year ahead, by the policy that slipway up gives it.

Examples:
  slipway pins graph --stack main
  slipway pins graph almalinux-builder --root ../TheRock
  slipway pins graph --json | jq -r '.[] | select(any(.ecr[]; .state == "goes")) | .digest'`,
    )
    .action(async (images: readonly string[], options: GraphOptions) => {
      const { runGraph } = await import("../pins/graph/run-graph.ts");
      process.exitCode = await runGraph(images, options);
    });
}
