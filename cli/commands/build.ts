import { Command } from "commander";
import type { BuildOptions } from "../build-family.ts";

/** `slipway build`: an image of the catalogue on this machine. */
export function buildCommand(): Command {
  return new Command("build")
    .description(
      "Build an image on this machine: into the Docker engine if there is one, else into an archive that `docker load` reads.",
    )
    .argument("<family>", "folder of images/")
    .argument("[accelerator]", "one of the family; all of them when it is left out")
    .option(
      "--stand-ins",
      "small stand-ins for base image and install scripts, as on the local cloud",
      false,
    )
    .option("--output <folder>", "write archives to this folder")
    .addHelpText(
      "after",
      `
Examples:
  slipway build no_rocm_image_ubuntu24_04
  slipway build almalinux-builder cuda12.8 --stand-ins`,
    )
    .action(async (family: string, accelerator: string | undefined, options: BuildOptions) => {
      const { buildFamily } = await import("../build-family.ts");
      process.exitCode = await buildFamily(family, accelerator, options);
    });
}
