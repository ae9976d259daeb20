import { Command } from "commander";
import { storeOption } from "../cache/store-option.ts";
import type { CollectOptions } from "../cache/collect/run-collect.ts";

/** `slipway cache gc`: makes room. */
export function cacheGcCommand(): Command {
  return new Command("gc")
    .description(
      "Make room: delete images that channels had before, the least recently used first, until the limit holds, and what killed runs left. Never what a channel has, nor what somebody reads.",
    )
    .addOption(storeOption())
    .requiredOption("--max-bytes <size>", "what the store may take: 500GiB, 2TB, or bytes")
    .option("--keep <duration>", "spare what was used within it: 2d, 12h, 4w")
    .option("--json", "one JSON object")
    .addHelpText(
      "after",
      `
When an image was used last is the time at which its manifest was read, or at which it came into the store where that is later.
Exit code: 0, also where what is left is above the limit, which is told.

Examples:
  slipway cache gc --store /var/lib/slipway-cache --max-bytes 500GiB
  slipway cache gc --max-bytes 0 --keep 2d`,
    )
    .action(async (options: CollectOptions) => {
      const { runCollect } = await import("../cache/collect/run-collect.ts");
      await runCollect(options);
    });
}
