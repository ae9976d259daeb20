import { Command } from "commander";

/** `slipway channel`: release lines beside main. */
export function channelCommand(): Command {
  const channel = new Command("channel")
    .helpCommand(false)
    .description("Lines of development with names of their own, each a stack.");
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
    .addHelpText(
      "after",
      "\nExamples:\n  slipway channel create release/2.10\n  slipway channel create release/2.10 --from local",
    )
    .action(async (name: string, { from }: { from: string }) => {
      const { createChannel } = await import("../channel-create.ts");
      process.exitCode = await createChannel(name, from);
    });
  return channel;
}
