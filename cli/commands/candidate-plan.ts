import { Command } from "commander";
import type { CandidatePlanOptions } from "../candidate/plan.ts";
import { numberOption } from "./candidate-options.ts";

/** `slipway candidate plan`: what is to be built for the pull request of a run. */
export function candidatePlanCommand(): Command {
  return new Command("plan")
    .description(
      "Find the pull request that a run of pins.yml was for, and of its checkout, taken as data, which images have other content than its base and need a candidate. Written to the file in GITHUB_OUTPUT, where that is set.",
    )
    .requiredOption("--run <id>", "of the run of pins.yml", numberOption("a run"))
    .option(
      "--checkout <folder>",
      "the pull request's merge commit, which may hold anything; without, only the pull request is looked for",
    )
    .option(
      "--base <folder>",
      "the commit that it was merged into, as data; without, this checkout's",
    )
    .option(
      "--stack <name>",
      "stack, by its file Pulumi.<name>.yaml; else that of the branch that the pull request is for",
    )
    .option("--json", "one JSON object", false)
    .addHelpText(
      "after",
      `
Called twice: without --checkout for the commits to check out, then with it. GitHub is asked at $GITHUB_API_URL with the token in
$GITHUB_TOKEN (to read contents, actions, checks and pull requests), for the repository in $GITHUB_REPOSITORY; registries as
slipway workflows decide asks them.

Outputs:
  pull-request     its number; empty where there is nothing to do: it is closed, its head moved, it cannot be merged
  merge            the commit to check out for --checkout: the pull request merged into its base
  head             newest commit of its branch
  base             the commit to check out for --base: what it was merged into
  stack            the stack whose images they are
With --checkout:
  missing          whether any candidate is to be built, true or false
  present          JSON for strategy.matrix.exclude: [{"image":"almalinux-builder/cpu"}], all labels that need no build
  reuse            JSON: labels whose candidate is pinned in the tree or told by a check run, and has a provenance of this content, ["almalinux-builder/cpu"]
  reused           whether there are any, true or false

Exit code: 0, also when there is nothing to do; 1 when the run is none of pins.yml on pull_request, the data has faults,
or nobody tells whether there is a candidate.

Examples:
  slipway candidate plan --run "$RUN_ID"
  slipway candidate plan --run "$RUN_ID" --checkout pull-request --base base --json | jq .images`,
    )
    .action(async (options: CandidatePlanOptions) => {
      const { planCandidates } = await import("../candidate/plan.ts");
      process.exitCode = await planCandidates(options);
    });
}
