import { Command, InvalidArgumentError, Option } from "commander";
import { DURATION_EXAMPLES } from "../../rules/duration.ts";
import { durationOf } from "../cache/options/values.ts";
import type { ProtectOptions } from "../pins/protect/run-protect.ts";

const DAY = 86_400_000;
const REPOSITORY = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})\/[\w.-]{1,100}$/;

/** `slipway pins protect`: what is pinned anywhere is not deleted. */
export function pinsProtectCommand(): Command {
  return new Command("protect")
    .description(
      "Write the digests that repositories pin into Pins.<stack>.yaml, from which slipway up gives each a name on ECR that retention keeps.",
    )
    .requiredOption(
      "--repo <owner/name>",
      "repository on GitHub whose default branch and live release branches are looked at; once for each",
      repositories,
    )
    .option("--stack <name>", "stack whose images are meant, by its file Pulumi.<name>.yaml")
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
    .option("--json", "one JSON object", false)
    .addHelpText(
      "after",
      `
Repositories are read by git over https, one branch at a time and with no history; private ones with the token in GITHUB_TOKEN. When one
cannot be read, nothing is written. A digest leaves the file when nobody has pinned it for the grace time, no channel hands it out, and
every repository that had it was looked at. Pins on ghcr.io are looked up and need no protection: nothing is deleted there.

Exit code: 0, or 1 when a pin leads nowhere; the file is written then, too.

Examples:
  slipway pins protect --repo pytorch/pytorch --repo pytorch/vision --stack main
  slipway pins protect --repo ROCm/TheRock --grace 26w --json | jq '.released'`,
    )
    .action(async (options: ProtectOptions) => {
      const { runProtect } = await import("../pins/protect/run-protect.ts");
      process.exitCode = await runProtect(options);
    });
}

function repositories(text: string, before: readonly string[] = []): readonly string[] {
  if (!REPOSITORY.test(text)) throw new InvalidArgumentError("write OWNER/NAME of a repository.");
  return [...before, text];
}
