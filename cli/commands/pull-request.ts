import { Command } from "commander";
import type { PullRequestPlanOptions } from "../pull-request/plan.ts";
import { pullRequestCommentCommand } from "./pull-request-comment.ts";

/** `slipway pull-request`: what a pull request would change, shown on it. */
export function pullRequestCommand(): Command {
  const pullRequest = new Command("pull-request")
    .helpCommand(false)
    .description("Preview what a pull request changes with no credential, and show it there.");
  pullRequest
    .command("plan")
    .description(
      "Plan a pull request's data (images/ and the stacks' files of its checkout) by the code of this checkout, with no credential and no network, and write what it would change as JSON. Of the other checkout nothing runs.",
    )
    .requiredOption("--checkout <folder>", "the pull request's checkout, which may hold anything")
    .option(
      "--base <folder>",
      "the base's checkout, where --checkout is this one; else this one is the base's",
    )
    .option(
      "--snapshot <file>",
      "what was applied last, as slipway snapshot fetch wrote it; without, or where it wrote none, the data of this checkout",
    )
    .option(
      "--stack <name>",
      "stack, by its file Pulumi.<name>.yaml; else that of the run, or local",
    )
    .requiredOption("--output <file>", "where the report goes, also of a plan that failed")
    .option("--json", "print the report, too", false)
    .addHelpText(
      "after",
      `
In GitHub Actions the output "code" says whether the pull request changes code (true or false).

Exit code: 0, or 1 when the plan failed: the report is written then, too, and tells why. A snapshot that cannot be read or is
another stack's, and a branch without a stack, are such failures; what is wrong with the options themselves is not, and leaves no
report.

Examples:
  slipway pull-request plan --checkout ../pull-request --stack main --output preview.json
  slipway pull-request plan --checkout ../pull-request --snapshot snapshot.json --output preview.json
  slipway pull-request plan --checkout . --base ../main --output preview.json --json | jq .access`,
    )
    .action(async (options: PullRequestPlanOptions) => {
      const { planPullRequest } = await import("../pull-request/plan.ts");
      process.exitCode = await planPullRequest(options);
    });
  pullRequest.addCommand(pullRequestCommentCommand());
  return pullRequest;
}
