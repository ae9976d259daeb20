import { Command, Option } from "commander";
import type { TrustCheckOptions } from "../trust/check-trust.ts";
import type { SubjectOptions } from "../trust/show-subject.ts";
import type { TrustOptions } from "../trust/show-trust.ts";
import { collect } from "./collect.ts";
import { refuseOptionsAbove } from "./options-above.ts";
import { stackOption } from "./stack-options.ts";

/** `slipway trust`: which tokens of GitHub assume which roles, and what is wrong with a trust policy. */
export function trustCommand(): Command {
  const trust = new Command("trust")
    .helpCommand(false)
    // What stands behind a command below belongs to it.
    .enablePositionalOptions()
    .description(
      "Show which tokens of GitHub workflows assume each role of a stack, and which rulesets stand behind the refs that this rests on. Judges the trust policies that the stack declares, as up would write them; a policy that was changed by hand on AWS is seen by preview. Asks nobody: no network, no cloud.",
    )
    .addOption(stackOption())
    .option("--role <role>", "one role, by its key or name, and why it refuses each token")
    .addOption(new Option("--json", "one JSON object").conflicts("markdown"))
    .addOption(new Option("--markdown", "Markdown, as in docs/trust.md").conflicts("json"))
    .addHelpText(
      "after",
      `
Exit code: 0, or 1 when a token passes that is not granted, or no ruleset stands behind a ref that a secret or a role rests on.

Examples:
  slipway trust --stack main
  slipway trust --stack main --role push
  slipway trust subject --stack main
  slipway trust check role.json --repository pytorch/pytorch`,
    )
    .action(async (options: TrustOptions) => {
      const { showTrust } = await import("../trust/show-trust.ts");
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
      "--repository <name>",
      "OWNER/NAME or OWNER@ID/NAME@ID that is meant; once for each (default: those that the policy names)",
      collect,
      [],
    )
    .option(
      "--json",
      "one JSON object: safe, holes, unmet (statements by which nobody gets in)",
      false,
    )
    .addHelpText(
      "after",
      `
Exit code: 0 when only such jobs get in, or nobody, 1 when others do or would but for a condition that never holds.

Examples:
  aws iam get-role --role-name deploy | slipway trust check -
  slipway trust check trust.json --repository pytorch/pytorch --json`,
    )
    .action(async (file: string, options: TrustCheckOptions, command: Command) => {
      refuseOptionsAbove(command);
      const { checkTrust } = await import("../trust/check-trust.ts");
      process.exitCode = await checkTrust(file, options);
    });
  trust
    .command("subject")
    .description(
      "Ask GitHub how it writes the subjects of the repository's tokens, and compare that with what the stack trusts. The token is GITHUB_TOKEN, or the local cloud's.",
    )
    .addOption(stackOption())
    .option("--write", "write what GitHub says into the stack's file", false)
    .option("--json", "one JSON object", false)
    .addHelpText(
      "after",
      `
Exit code: 0, or 1 when GitHub writes other subjects than the stack trusts.

Examples:
  GITHUB_TOKEN=... slipway trust subject --stack main
  slipway trust subject --stack local --write`,
    )
    .action(async (options: SubjectOptions, command: Command) => {
      refuseOptionsAbove(command);
      const { showSubject } = await import("../trust/show-subject.ts");
      process.exitCode = await showSubject(options);
    });
  return trust;
}
