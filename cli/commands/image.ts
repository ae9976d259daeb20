import { Command, InvalidArgumentError } from "commander";
import type { ImageOptions } from "../publishing/image-lookup.ts";
import { stackOption } from "./stack-options.ts";

/** `slipway image`: from a checkout to the reference by digest. */
export function imageCommand(): Command {
  const command = new Command("image")
    .description(
      "Print the reference by digest of the image that this checkout describes: its content key is computed and the registry asked for it. Exit code 1 when it is not there.",
    )
    .argument("<family>", "folder of images/")
    .argument("[accelerator]", "left out in a family with one image")
    .addOption(stackOption())
    .option("--registry <name>", "one that carries the family, instead of its first: ghcr.io")
    .option(
      "--wait <minutes>",
      "wait for it while GitHub's run of up.yml for the commit is under way",
      readMinutes,
    )
    .option("--commit <sha>", "with --wait: the commit whose run is asked for, instead of HEAD")
    .option("--json", "one JSON object instead of the bare reference", false)
    .addHelpText(
      "after",
      `
--wait looks at runs of the workflow up.yml (.github/workflows/) for the commit.
GitHub is asked at $GITHUB_API_URL (https://api.github.com) with the token in $GITHUB_TOKEN, if there is one;
in a stack of the local cloud, its emulator with its token.

Examples:
  slipway image almalinux-builder cuda12.8
  docker pull "$(slipway image no_rocm_image_ubuntu24_04 --stack therock)"
  slipway image ci-image pytorch-linux-jammy-rocm-n-py3 --stack main --registry ghcr.io --wait 60`,
    );
  return command.action(
    async (family: string, accelerator: string | undefined, options: ImageOptions) => {
      if (options.commit !== undefined && options.wait === undefined) {
        command.error("error: --commit: only with --wait");
      }
      const { showImage } = await import("../publishing/image-lookup.ts");
      await showImage(family, accelerator, options);
    },
  );
}

/** A week is longer than any run lives. */
const MOST_MINUTES = 7 * 24 * 60;

function readMinutes(text: string): number {
  const minutes = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : 0;
  if (minutes > 0 && minutes <= MOST_MINUTES) return minutes;
  throw new InvalidArgumentError(`write a number of minutes above 0, at most ${MOST_MINUTES}.`);
}
