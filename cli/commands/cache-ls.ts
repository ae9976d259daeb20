import { Command } from "commander";
import type { ListOptions } from "../cache/list/run-list.ts";
import { channelOption } from "../cache/options/channel-option.ts";
import { storeOption } from "../cache/store-option.ts";

/** `slipway cache ls`: what a store has. */
export function cacheLsCommand(): Command {
  return new Command("ls")
    .description(
      "List the kept images: channel, digest, age, size, bytes that other kept images have too, and when a job used it last.",
    )
    .addOption(storeOption())
    .addOption(channelOption("every one; what it had before is listed with it"))
    .option("--json", "one JSON object, with whole digests, commits and times")
    .addHelpText(
      "after",
      `
Age is the time since the channel came to have this content; last used is when something read the image's manifest, - where nothing
did. The last line is of the whole store: what it takes, what of that former images alone have, and what its disk has left.

Examples:
  slipway cache ls --store /var/lib/slipway-cache
  slipway cache ls --channel release/2.10 --json | jq -r '.images[].digest'`,
    )
    .action(async (options: ListOptions) => {
      const { runList } = await import("../cache/list/run-list.ts");
      await runList(options);
    });
}
