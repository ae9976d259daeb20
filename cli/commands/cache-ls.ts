import { Command } from "commander";
import type { ListOptions } from "../cache/list/run-list.ts";
import { storeOption } from "../cache/store-option.ts";

/** `slipway cache ls`: what a store has. */
export function cacheLsCommand(): Command {
  return new Command("ls")
    .description(
      "List the kept images: channel, digest, age, size, bytes that other kept images have too, and when a job used it last.",
    )
    .addOption(storeOption())
    .option("--channel <name>", "only this channel's, and those that it had before")
    .option("--json", "one JSON object, with whole digests, commits and times")
    .addHelpText(
      "after",
      `
Examples:
  slipway cache ls --store /var/lib/slipway-cache
  slipway cache ls --channel release/2.10 --json | jq -r '.images[].digest'`,
    )
    .action(async (options: ListOptions) => {
      const { runList } = await import("../cache/list/run-list.ts");
      await runList(options);
    });
}
