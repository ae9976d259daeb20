import { Command, InvalidArgumentError, Option } from "commander";
import { DURATION_EXAMPLES } from "../../rules/duration.ts";
import { GITHUB_REPOSITORY } from "../../rules/github-repository.ts";
import { durationOf } from "../cache/options/values.ts";
import type { ProtectOptions } from "../pins/protect/run-protect.ts";
import { pinsStackOption } from "./pins-options.ts";

const DAY = 86_400_000;

/** `slipway pins protect`: what is pinned anywhere is not deleted. */
export function pinsProtectCommand(): Command {
  return new Command("protect")
    .description(
      "Write the digests that repositories pin into Pins.<stack>.yaml, from which slipway up gives each a name on ECR that retention keeps.",
    )
    .option(
      "--repo <owner/name>",
      "repository on GitHub that is looked at besides the stack's own, in place of slipway:pinRepositories; once for each",
      repositories,
    )
    .addOption(pinsStackOption())
    .addOption(
      new Option(
        "--grace <duration>",
        `how long a digest is kept that nobody pins any more: ${DURATION_EXAMPLES}`,
      )
        .argParser(durationOf)
        .default(90 * DAY, "90d"),
    )
    .addOption(
      new Option(
        "--live <duration>",
        "a release branch is live while its newest commit is not older",
      )
        .argParser(durationOf)
        .default(365 * DAY, "365d"),
    )
    .option("--propose", "open or update a pull request with the file, and do not write it", false)
    .option("--json", "one JSON object", false)
    .addHelpText(
      "after",
      `
Looked at are the default branch and the live release branches of the stack's own repository and of those in slipway:pinRepositories. They
are read by git over https, one branch at a time and with no history; private ones with the token in GITHUB_TOKEN. When one cannot be
read, nothing is written. All of them are on github.com (in a workflow, on its own server), in a stack of the local cloud, too: that cloud
has none, and where github.com cannot be reached, this ends with exit code 1.

A digest of a family with several images is protected whether anybody knows which of them it is or not. It leaves the file when nobody has
pinned it for the grace time and no channel hands it out, nor an index that lists it, or when ECR does not have it any more. With --repo,
what repositories pin that were not looked at stays. So does what a branch pins whose files cannot be read, since its pins.yaml has faults
or a path is not UTF-8; the others are looked at. Pins on ghcr.io are looked up and need no protection: nothing is deleted there.

--propose needs a token in GITHUB_TOKEN that may write contents and pull requests, in a workflow that of a GitHub App. Later days alone
are proposed once in four weeks.

--json prints { "pins", "added", "released", "gone", "kept", "lost", "elsewhere", "unread" }, each a list, and with --propose
"proposal".
  pins, added, released, gone: { "digest", "repository", "image", "seen", "users" }, as in the file, of which pins is the new content
  kept: { "pin", "why" }, what nobody pins any more and stays; its pin is as above
  lost, elsewhere: { "pin": { "digest", "repository", "image", "user" }, "detail" }, what leads nowhere, and what ECR alone does not have
  unread: { "user", "detail" }, a branch whose files cannot be read, as OWNER/NAME@BRANCH, and why
  proposal: { "outcome", "pullRequest", "url" }; the outcome is nothing (without the other two), opened, updated, unchanged or withdrawn

Exit code: 0, or 1 when a pin leads nowhere or a branch's files cannot be read; the file is written or proposed then, too.

Examples:
  slipway pins protect --stack main
  slipway pins protect --propose --stack main
  slipway pins protect --repo ROCm/TheRock --grace 26w --json | jq '.released'`,
    )
    .action(async (options: ProtectOptions) => {
      const { runProtect } = await import("../pins/protect/run-protect.ts");
      process.exitCode = await runProtect(options);
    });
}

function repositories(text: string, before: readonly string[] = []): readonly string[] {
  if (!GITHUB_REPOSITORY.test(text)) {
    throw new InvalidArgumentError("write OWNER/NAME of a repository.");
  }
  return [...before, text];
}
