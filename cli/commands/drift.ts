import { Command, Option } from "commander";
import type { DriftOptions } from "../drift/run-drift.ts";
import type { TellDriftOptions } from "../drift/tell-drift.ts";
import { JOB_RESULTS } from "../../rules/drift-issue.ts";
import { refuseOptionsAbove } from "./options-above.ts";
import { engineOption } from "./stack-options.ts";

/** `slipway drift`: whether everything is still as a stack declares it. */
export function driftCommand(): Command {
  const drift = new Command("drift")
    .helpCommand(false)
    .description(
      "Look whether everything is as a stack declares it: a preview after a refresh must change nothing; then the secrets, the bases, what ECR will delete, and the tags of the pinned actions. Changes nothing. One look that fails stops no other.",
    )
    .option(
      "--stack <name>",
      "stack, by its file Pulumi.<name>.yaml (default: in GitHub Actions that of the run, else local)",
    )
    .addOption(engineOption())
    .option("--output <file>", "write the report there, as JSON; see docs/drift.md")
    .option("--json", "print the report as one JSON object")
    .addHelpText(
      "after",
      `
Exit code: 0 where everything was asked and nothing was found, else 1. A workflow's run in a repository without a stack, as a
fork, looks at nothing and says so, with 0.

Examples:
  slipway drift --stack local
  slipway drift --stack main --output drift.json
  slipway drift --stack main --json | jq '.checks[] | select(.outcome != "ok")'`,
    )
    .action(async (options: DriftOptions) => {
      const { runDrift } = await import("../drift/run-drift.ts");
      process.exitCode = await runDrift(options);
    });
  drift.addCommand(stackCommand());
  drift.addCommand(issueCommand());
  return drift;
}

function stackCommand(): Command {
  return new Command("stack")
    .description(
      "In a workflow: print the stack that the run looks at, and hand it to later jobs as the output stack; empty where the repository has none, as a fork.",
    )
    .addHelpText(
      "after",
      `
Exit code 0 also for a repository without a stack.

Example:
  GITHUB_ACTIONS=true GITHUB_REPOSITORY=pytorch/pytorch GITHUB_REF=refs/heads/main slipway drift stack`,
    )
    .action(async () => {
      const { tellOwnStack } = await import("../drift/own-stack.ts");
      await tellOwnStack();
    });
}

function issueCommand(): Command {
  return new Command("issue")
    .description(
      "In a workflow: open, update or close the one issue that says what was found. Takes GITHUB_TOKEN and what GitHub tells every step of itself.",
    )
    .requiredOption("--report <file>", "what slipway drift wrote; that it is missing is told, too")
    .addOption(
      resultOption(
        "--look <result>",
        "how the job ended that looked; skipped leaves what it found last as it is",
      ),
    )
    .addOption(
      resultOption(
        "--real-base <result>",
        "how the build of an image on its real base ended; skipped leaves the last result alone",
      ),
    )
    .option("--json", "one JSON object: what was done, and the issue's page")
    .addHelpText(
      "after",
      `
Exit code 0 once the issue says what is so.

Example:
  slipway drift issue --report drift.json --look "$LOOK_RESULT" --real-base "$REAL_BASE_RESULT"`,
    )
    .action(async (options: TellDriftOptions, command: Command) => {
      refuseOptionsAbove(command);
      const { tellDrift } = await import("../drift/tell-drift.ts");
      process.exitCode = await tellDrift(options);
    });
}

function resultOption(flags: string, description: string): Option {
  return new Option(flags, description).choices(JOB_RESULTS).makeOptionMandatory();
}
