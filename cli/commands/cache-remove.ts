import { Command } from "commander";
import { channelArgument } from "../cache/options/channel-option.ts";
import { imageOption } from "../cache/options/image-option.ts";
import type { RemoveOptions } from "../cache/remove/run-remove.ts";
import { storeOption } from "../cache/store-option.ts";

/** `slipway cache remove`: takes a channel, or images of it, out of a store. */
export function cacheRemoveCommand(): Command {
  return new Command("remove")
    .description(
      "Take a channel, or images of it, out of a store. They are former images then: readable by digest until slipway cache gc needs the room.",
    )
    .addArgument(channelArgument())
    .addOption(storeOption())
    .addOption(imageOption())
    .option("--json", "one JSON object")
    .addHelpText(
      "after",
      `
Examples:
  slipway cache remove release/2.9 --store /var/lib/slipway-cache
  slipway cache remove main --image ci-image/pytorch-linux-jammy-rocm-n-py3`,
    )
    .action(async (channel: string, options: RemoveOptions) => {
      const { runRemove } = await import("../cache/remove/run-remove.ts");
      await runRemove(channel, options);
    });
}
