import { Command } from "commander";
import type { BumpOptions } from "../pins/bump/run-bump.ts";
import { listOption, pinnedImages, pinsStackOption, targetOption } from "./pins-options.ts";

/** `slipway pins bump`: one digest in every place. */
export function pinsBumpCommand(): Command {
  return new Command("bump")
    .description(
      "Move the pins of images to what was published last, or to what --to names, in every file that has them: all files or none, and no byte else.",
    )
    .addArgument(pinnedImages())
    .addOption(targetOption())
    .addOption(listOption())
    .option("--root <folder>", "tree to edit (default: this one)")
    .addOption(pinsStackOption())
    .option("--dry-run", "only show the difference", false)
    .option("--json", "one JSON object: the images that move, the files, and what is left", false)
    .addHelpText(
      "after",
      `
Every target is looked up before a file changes: on each registry where a place will point to, with all that it needs.
A tag that names content moves with its digest, and so does a date beside it; "slipway: hold until DATE because ..."
keeps a pin where it is. Exit code 1 when a place is left for another reason, such as that nobody knows which image it is of.

Examples:
  slipway pins bump
  slipway pins bump no_rocm_image_ubuntu24_04 --root ../TheRock --stack therock
  slipway pins bump almalinux-builder/cuda12.8 --to sha256:4af52d56d91ef6ef8b7d0a13c6115af1ab2c9bf4a8a85d9267b489ecb737ed25
  slipway pins bump --to ghcr.io/rocm/therock_build_manylinux_x86_64:stage-rocm7 --dry-run`,
    )
    .action(async (images: readonly string[], options: BumpOptions) => {
      const { runBump } = await import("../pins/bump/run-bump.ts");
      process.exitCode = await runBump(images, options);
    });
}
