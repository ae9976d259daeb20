import { Command, Option } from "commander";
import type { SetSecretOptions } from "../secrets/set-secret.ts";
import type { SecretsOptions } from "../secrets/show-secrets.ts";
import { refuseOptionsAbove } from "./options-above.ts";
import { stackOption } from "./stack-options.ts";

/** `slipway secrets`: what secrets there are, and new values for them. */
export function secretsCommand(): Command {
  const secrets = new Command("secrets")
    .helpCommand(false)
    .description(
      "Show every secret of a stack's GitHub environments: what is declared, what GitHub holds, which workflows read it, and what is expired, missing, unused or stray. No value is ever shown. Takes GITHUB_TOKEN, or the local cloud's token.",
    )
    .addOption(stackOption())
    .option(
      "--checkout <folder>",
      "checkout of the repository, whose .github/workflows and actions are read (default: this folder)",
    )
    .option("--offline", "ask nobody: only what is declared and used")
    .addOption(
      new Option(
        "--remove-strays",
        "remove from GitHub what nobody declared: in the stack's environments, and of the repository what has the name of an environment's secret",
      ).conflicts("offline"),
    )
    .option("--yes", "with --remove-strays: remove without asking")
    .option("--json", "one JSON object; see docs/secrets.md")
    .addHelpText(
      "after",
      `
Exit code: 0, or 1 when a secret is expired, missing, in clear, or sealed for a key that is gone.

Examples:
  slipway secrets --stack main
  slipway secrets --stack main --json | jq -r '.findings[].remedy'
  slipway secrets --stack main --remove-strays
  slipway secrets set DOCKER_TOKEN --stack main < token`,
    )
    .action(async (options: SecretsOptions, command: Command) => {
      if (options.yes === true && options.removeStrays !== true) {
        command.error("error: option '--yes' answers --remove-strays, which is not given");
      }
      const { showSecrets } = await import("../secrets/show-secrets.ts");
      process.exitCode = await showSecrets(options);
    });
  secrets
    .command("set")
    .description(
      "Seal a new value of a secret so that only GitHub can open it, and put the sealed form into the stack's file. The value comes from the standard input, or from a line of the terminal that does not show; the one newline at its end is no part of it.",
    )
    .argument("<name>", "name of a secret that the stack declares with source: sealed")
    .argument("[value...]", "refused: every process of the machine can read arguments")
    .usage("[options] <name>")
    .option("--environment <name>", "its environment, where more than one has such a secret")
    .option("--from-env <variable>", "take the value from an environment variable")
    .addOption(stackOption())
    .addHelpText(
      "after",
      `
Examples:
  slipway secrets set DOCKER_TOKEN --stack main
  slipway secrets set DOCKER_TOKEN --stack main < token
  slipway secrets set DOCKER_TOKEN --environment docker-build --from-env TOKEN --stack main`,
    )
    .action(
      async (
        name: string,
        values: readonly string[],
        options: Omit<SetSecretOptions, "name">,
        command: Command,
      ) => {
        if (values.length > 0) {
          command.error(
            "error: more than a name is given; a value is never an argument, because every process of the machine can read those: give it by the standard input, or by --from-env VARIABLE",
          );
        }
        refuseOptionsAbove(command);
        const { setSecret } = await import("../secrets/set-secret.ts");
        process.exitCode = await setSecret({ ...options, name });
      },
    );
  return secrets;
}
