import { Command, InvalidArgumentError } from "commander";
import type { ProposeOptions } from "../pins/propose/run-propose.ts";
import { listOption, pinnedImages, pinsStackOption, targetOption } from "./pins-options.ts";

/** `slipway pins propose`: one pull request that moves every pin. */
export function pinsProposeCommand(): Command {
  return new Command("propose")
    .description(
      "Open or update the one pull request that moves pins to what was published last, in every file that has them; or let a pull request pin the images that were built from it.",
    )
    .addArgument(pinnedImages())
    .addOption(targetOption())
    .addOption(listOption())
    .addOption(pinsStackOption())
    .option("--pull-request <number>", "commit its candidates to its own branch", pullRequestNumber)
    .option("--json", "one JSON object: the outcome, the pull request and its commit", false)
    .addHelpText(
      "after",
      `
The change is one commit on branch slipway/pins, made through GitHub's API on top of the stack's branch as it is there; a run
that finds all of it done writes nothing. Commits of others on slipway/pins are never overwritten: the command says what to
do. GITHUB_TOKEN needs contents: write and pull-requests: write, workflows: write where a workflow has pins, and checks: read
for --pull-request; what the token of a job proposes starts no other job, that of a GitHub App does.

With --pull-request the digests are those that the checks "candidate IMAGE" of its head tell, as far as they are signed as made of
this pull request and of what its merge contains. A branch in a fork, and one whose commits publish images, is not written: a
comment says what to run there.

Exit codes: 0 proposed, or nothing to propose; 1 nothing could be proposed; 2 wrong usage.

Examples:
  slipway pins propose --stack main
  slipway pins propose almalinux-builder/cuda12.8 --stack main --json
  slipway pins propose --stack main --pull-request 1234`,
    )
    .action(async (images: readonly string[], options: ProposeOptions) => {
      const { runPropose } = await import("../pins/propose/run-propose.ts");
      process.exitCode = await runPropose(images, options);
    });
}

function pullRequestNumber(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("write the number of a pull request, e.g. 1234");
}
