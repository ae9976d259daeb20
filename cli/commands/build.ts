import { Command, Option } from "commander";
import type { BuildOptions } from "../build-family.ts";
import type { BuildMissingOptions } from "../publishing/build-missing.ts";
import { stackOption } from "./stack-options.ts";

interface Options extends BuildOptions, BuildMissingOptions {
  readonly missing: boolean;
}

/** `slipway build`: an image of the catalogue on this machine; with `--missing`, what a stack's registries lack. */
export function buildCommand(): Command {
  const command = new Command("build")
    .description(
      "Build an image on this machine: into the Docker engine if there is one, else into an archive that `docker load` reads. With --missing, build and push what a stack's registries lack.",
    )
    .argument("[family]", "folder of images/ (not with --missing)")
    .argument("[accelerator]", "one of the family; all of them when it is left out")
    .option(
      "--stand-ins",
      "small stand-ins for base image and install scripts, as on the local cloud",
      false,
    )
    .option("--output <folder>", "write archives to this folder")
    .addOption(
      new Option("--missing", "build what has no content name yet, push it and give it its name")
        .default(false)
        .conflicts(["standIns", "output"]),
    )
    .optionsGroup("With --missing:")
    .addOption(stackOption())
    .addOption(
      new Option(
        "--image <label>",
        "only this image, as workflows list them: FAMILY/ACCELERATOR, with @PLATFORM in a family with several",
      ).conflicts(["family", "accelerator", "platform"]),
    )
    .option("--family <family>", "only the images of this family")
    .option("--accelerator <accelerator>", "only the images of this accelerator")
    .option("--platform <platform>", "only this platform's part of images, e.g. linux/arm64")
    .option(
      "--ref <ref>",
      "what is published, in full (default: GITHUB_REF in GitHub Actions, else the stack's own branch)",
    )
    .option("--json", "one JSON object at the end instead of progress", false)
    .addHelpText(
      "after",
      `
Examples:
  slipway build no_rocm_image_ubuntu24_04
  slipway build almalinux-builder cuda12.8 --stand-ins
  slipway build --missing --stack local
  slipway build --missing --stack main --image almalinux-builder/cuda12.8
  slipway build --missing --stack main --family ci-image --platform linux/amd64
  slipway build --missing --stack therock --ref refs/heads/stage/docker/try`,
    );
  return command.action(
    async (family: string | undefined, accelerator: string | undefined, options: Options) => {
      if (options.missing) {
        if (family !== undefined) {
          command.error(`error: --missing takes no argument; write --family ${family}`);
        }
        const { buildMissing } = await import("../publishing/build-missing.ts");
        process.exitCode = await buildMissing(options);
        return;
      }
      const foreign = ["stack", "image", "family", "accelerator", "platform", "ref", "json"].filter(
        (name) => command.getOptionValueSource(name) === "cli",
      );
      if (foreign.length > 0) {
        command.error(`error: --${foreign.join(", --")}: only with --missing`);
      }
      if (family === undefined) {
        return command.error("error: name a family, or write --missing for all that a stack lacks");
      }
      const { buildFamily } = await import("../build-family.ts");
      process.exitCode = await buildFamily(family, accelerator, options);
    },
  );
}
