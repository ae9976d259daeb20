import { Command } from "commander";

/** `slipway channel`: release lines beside main. */
export function channelCommand(): Command {
  const channel = new Command("channel")
    .helpCommand(false)
    .description("Lines of development with names of their own, each a stack.")
    .addHelpText("after", "\nExample:\n  slipway channel create release/2.10");
  channel
    .command("create")
    .description(
      "Write the configuration of a release line's stack, which declares images only; see docs/channels.md.",
    )
    .argument("<channel>", "branch of the release line: release/2.10")
    .option(
      "--from <stack>",
      "stack to take owner, families, account and builders from; secrets are not taken",
      "main",
    )
    .option("--json", "one JSON object: stack, file, families, leftOut, next")
    .addHelpText(
      "after",
      `
Examples:
  slipway channel create release/2.10
  slipway channel create release/2.10 --from local
  slipway channel create release/2.10 --json | jq -r '.next[]'`,
    )
    .action(async (name: string, { from, json = false }: { from: string; json?: boolean }) => {
      const { createChannel } = await import("../channel-create.ts");
      process.exitCode = await createChannel(name, from, json);
    });
  return channel;
}
