import { Command, InvalidArgumentError } from "commander";

/** `slipway pull-request comment`: what a run for a pull request kept, shown on the pull request. */
export function pullRequestCommentCommand(): Command {
  return new Command("comment")
    .description(
      "Show the preview that a run of plan.yml made as one comment on its pull request, edited in place. Run by a workflow of the default branch: what the run is and which pull request it is for is asked of GitHub, and what the run kept is taken for something that anybody may have written.",
    )
    .requiredOption("--run <id>", "of the run of plan.yml", readRun)
    .option("--json", "one JSON object", false)
    .addHelpText(
      "after",
      `
GitHub is asked at $GITHUB_API_URL (https://api.github.com) with the token in $GITHUB_TOKEN, for the repository in
$GITHUB_REPOSITORY. Exit code 0 also where there is nothing to do: the pull request is closed, or its head moved. Exit code
1 when the run is none of plan.yml on pull_request, or when what it kept is no preview, which the comment then says.

Examples:
  GITHUB_TOKEN=$(gh auth token) GITHUB_REPOSITORY=pytorch/pytorch slipway pull-request comment --run 17234567890
  slipway pull-request comment --run "$RUN_ID" --json | jq -r .url`,
    )
    .action(async (options: { run: number; json: boolean }) => {
      const { commentCommand } = await import("../pull-request/comment-command.ts");
      process.exitCode = await commentCommand(options);
    });
}

function readRun(text: string): number {
  const run = /^[1-9]\d{0,14}$/.test(text) ? Number(text) : 0;
  if (run > 0) return run;
  throw new InvalidArgumentError("write the number of a run, as in the address of its page.");
}
