import { Command, Option } from "commander";
import { channelOption } from "../cache/options/channel-option.ts";
import { imageOption } from "../cache/options/image-option.ts";
import { percentOf } from "../cache/options/values.ts";
import { storeOption } from "../cache/store-option.ts";
import type { RunVerifyOptions } from "../cache/verify/run-verify.ts";

/** `slipway cache verify`: whether a store is whole. */
export function cacheVerifyCommand(): Command {
  return new Command("verify")
    .description(
      "Read every byte of the kept images, or a sample, and tell all at once what is missing, short, damaged, of a wrong mode or owner, no image's, or strange.",
    )
    .addOption(storeOption())
    .addOption(
      new Option(
        "--sample <percent>",
        "read only this part of the bytes, in blobs chosen at random",
      ).argParser(percentOf),
    )
    .addOption(channelOption("every one, and what they had before"))
    .addOption(imageOption())
    .option(
      "--discard-damaged",
      "take damaged blobs away: jobs pull then, and the next refresh fetches them anew",
    )
    .option("--json", "one JSON object")
    .addHelpText(
      "after",
      `
A refresh takes a file of the right size for whole, so that a damaged blob is fetched anew only after --discard-damaged.
What no image has is told once it is a day old: before, a refresh may be bringing it.
Exit code: 0 where all is whole, else 1.

Examples:
  slipway cache verify --store /var/lib/slipway-cache
  slipway cache verify --sample 5
  slipway cache verify --discard-damaged || slipway cache refresh --stack main`,
    )
    .action(async (options: RunVerifyOptions) => {
      const { runVerify } = await import("../cache/verify/run-verify.ts");
      process.exitCode = await runVerify(options);
    });
}
