import { Command } from "commander";
import type { ExportCommandOptions } from "../cache/export/run-export.ts";
import { channelOption } from "../cache/options/channel-option.ts";
import { imageOption } from "../cache/options/image-option.ts";
import { storeOption } from "../cache/store-option.ts";

/** `slipway cache export`: files for runners that load their images with `docker load --input`. */
export function cacheExportCommand(): Command {
  return new Command("export")
    .description(
      "Write a channel's images as tar files for docker load, under the names that jobs ask for.",
    )
    .addOption(storeOption())
    .requiredOption("--directory <folder>", "where the files are; must be there")
    .addOption(channelOption("of release lines the newest in the store alone").default("main"))
    .addOption(imageOption())
    .option("--json", "one JSON object")
    .addHelpText(
      "after",
      `
Files are called <accelerator>_main.tar and <accelerator>_release.tar, after the family where that has one image. There is one
file for all release lines, so that only the newest line in the store is written. A file takes the place of the one before in
one step, when it is whole and on the disk; one that is of the same digest is left. Every byte is verified on the way.
Files *_main.tar and *_release.tar in the folder that no image of the store has any more are named, and left.

Exit code 1 says that a file could not be written; it is as it was then, and the others were written.

Examples:
  slipway cache export --store /var/lib/slipway-cache --directory ~/pytorch-data/docker
  slipway cache export --channel release/2.10 --directory ~/pytorch-data/docker --image pytorch-linux-jammy-rocm-n-py3
  docker load --input ~/pytorch-data/docker/pytorch-linux-jammy-rocm-n-py3_main.tar`,
    )
    .action(async (options: ExportCommandOptions) => {
      const { runExport } = await import("../cache/export/run-export.ts");
      process.exitCode = await runExport(options);
    });
}
