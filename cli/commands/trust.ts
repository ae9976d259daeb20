import { Command } from "commander";
import type { TrustCheckOptions } from "../trust-check.ts";
import type { TrustOptions } from "../trust.ts";
import { stackOption } from "./stack-options.ts";

/** `slipway trust`: which tokens of GitHub assume which roles, and what is wrong with a trust policy. */
export function trustCommand(): Command {
  const trust = new Command("trust")
    .helpCommand(false)
    .description(
      "Show which tokens of GitHub workflows assume each role of a stack, and why each other does not. Judges the trust policies that are deployed. Asks nobody: no network, no cloud.",
    )
    .addOption(stackOption())
    .option("--json", "one JSON object", false)
    .option("--markdown", "Markdown, as in docs/trust.md", false)
    .addHelpText(
      "after",
      `
Exit code: 0, or 1 when a token passes that is not granted.

Examples:
  slipway trust --stack main
  slipway trust check role.json --repository pytorch/pytorch`,
    )
    .action(async (options: TrustOptions) => {
      const { showTrust } = await import("../trust.ts");
      process.exitCode = await showTrust(options);
    });
  trust
    .command("check")
    .description(
      "Name every way into a role besides jobs of certain repositories in certain environments, branches or tags, with a token that would get in, and print the safe form. Any trust policy will do, not only Slipway's.",
    )
    .argument(
      "<file>",
      "JSON of a trust policy, or what aws iam get-role printed; - for the standard input",
    )
    .option(
      "--repository <name...>",
      "OWNER/NAME or OWNER@ID/NAME@ID that is meant (default: those that the policy names)",
    )
    .option("--json", "one JSON object: safe, holes", false)
    .addHelpText(
      "after",
      `
Exit code: 0 when only such jobs get in, 1 when others do.

Examples:
  aws iam get-role --role-name deploy | slipway trust check -
  slipway trust check trust.json --repository pytorch/pytorch --json`,
    )
    .action(async (file: string, { repository }: TrustCheckOptions, command: Command) => {
      // The parser gives --json to `trust`, which has one, too.
      const { json } = command.optsWithGlobals<TrustCheckOptions>();
      const { checkTrust } = await import("../trust-check.ts");
      process.exitCode = await checkTrust(file, { ...(repository && { repository }), json });
    });
  return trust;
}
