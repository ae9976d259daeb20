import { Command, Option } from "commander";
import { BYTE_SIZE_EXAMPLES } from "../../rules/byte-size.ts";
import { DURATION_EXAMPLES } from "../../rules/duration.ts";
import { durationOf, sizeOf } from "../cache/options/values.ts";
import { storeOption } from "../cache/store-option.ts";
import type { CollectOptions } from "../cache/collect/run-collect.ts";

/** `slipway cache gc`: makes room. */
export function cacheGcCommand(): Command {
  return new Command("gc")
    .description(
      "Make room: delete images that channels had before, the least recently used first, until the limit holds, and what killed runs left. Never what a channel has, nor what somebody reads.",
    )
    .addOption(storeOption())
    .addOption(
      new Option(
        "--max-bytes <size>",
        `what the store may take: ${BYTE_SIZE_EXAMPLES} (default: no limit)`,
      ).argParser(sizeOf),
    )
    .addOption(
      new Option(
        "--keep <duration>",
        `spare what was used within it: ${DURATION_EXAMPLES}`,
      ).argParser(durationOf),
    )
    .option("--json", "one JSON object")
    .addHelpText(
      "after",
      `
Without --max-bytes no image goes: only what killed runs left, and blobs that no index has.
When an image was used last is the time at which its manifest was read, or at which its channel last had it where that is later.
Exit code: 0, also where what is left is above the limit, which is told.

Examples:
  slipway cache gc --store /var/lib/slipway-cache --max-bytes 500GiB
  slipway cache gc --max-bytes 0 --keep 2d
  slipway cache gc`,
    )
    .action(async (options: CollectOptions) => {
      const { runCollect } = await import("../cache/collect/run-collect.ts");
      await runCollect(options);
    });
}
