import { Command, Option } from "commander";
import type { CandidatePushOptions } from "../candidate/push.ts";
import { commitOption, numberOption } from "./candidate-options.ts";

/** `slipway candidate push`: an image that a job without credentials built, signed and published apart. */
export function candidatePushCommand(): Command {
  return new Command("push")
    .description(
      "Verify every byte of what slipway candidate build wrote, push it by digest and with no name to <repository>-candidate on ghcr.io and ECR, sign and attach its provenance, and last make a check run on the pull request's head.",
    )
    .requiredOption(
      "--checkout <folder>",
      "the pull request's merge commit, which may hold anything",
    )
    .requiredOption("--image <label>", "FAMILY/ACCELERATOR, or FAMILY where that has one image")
    .addOption(
      new Option("--from <folder>", "what slipway candidate build wrote").conflicts("reuse"),
    )
    .option(
      "--reuse",
      "push nothing: take the candidate that the checkout pins, if its provenance is of this content, and make the check run",
      false,
    )
    .requiredOption("--pull-request <number>", "of this repository", numberOption("a pull request"))
    .requiredOption("--merge <commit>", "that is checked out", commitOption)
    .requiredOption("--head <commit>", "newest of the pull request's branch", commitOption)
    .requiredOption("--base <commit>", "that it was merged into", commitOption)
    .option(
      "--stack <name>",
      "stack, by its file Pulumi.<name>.yaml; else that of the run, or local",
    )
    .option("--json", "one JSON object instead of progress", false)
    .addHelpText(
      "after",
      `
Run by a job of candidate.yml on the default branch that somebody approved. What the folder holds may be anybody's: the name of
the content is computed anew from the checkout, and what does not belong to one image of it is refused before anything is sent.
Logins are those of slipway build --missing (GHCR_USER and GHCR_TOKEN, AWS's credentials); docker.io gets no candidates. The job
needs packages: write, id-token: write (signs) and checks: write, with its token in $GITHUB_TOKEN. A run that failed leaves no
check run, and may be run again.

Exit code: 0, or 1 with all faults of the folder, or when a registry, Sigstore or GitHub refuses.

Examples:
  slipway candidate push --checkout ../pull-request --image almalinux-builder/cpu --from candidate --pull-request 7 --merge "$MERGE" --head "$HEAD" --base "$BASE"
  slipway candidate push --checkout ../pull-request --image almalinux-builder/cpu --reuse --pull-request 7 --merge "$MERGE" --head "$HEAD" --base "$BASE"`,
    )
    .action(async (options: CandidatePushOptions, command: Command) => {
      if (options.reuse === (options.from !== undefined)) {
        command.error("error: write --from <folder> with what was built, or --reuse");
      }
      const { pushCandidate } = await import("../candidate/push.ts");
      process.exitCode = await pushCandidate(options);
    });
}
