import { Command } from "commander";
import type { ImagesOptions } from "../images/show-images.ts";

/** `slipway images`: what a channel published, by digest. */
export function imagesCommand(): Command {
  return new Command("images")
    .description(
      "Get the list of a channel's images from the registry, images.json, and print every image by digest.",
    )
    .option(
      "--stack <name>",
      "stack, by its file Pulumi.<name>.yaml (in GitHub Actions that of the run, else local)",
    )
    .option("--channel <branch>", "another channel of the same images: release/2.10")
    .option("--output <file>", "write images.json there and print no table")
    .option("--json", "print images.json itself", false)
    .addHelpText(
      "after",
      `
The registry is asked with this machine's login, as \`docker login\` or GHCR_USER and GHCR_TOKEN (DOCKER_ID and DOCKER_TOKEN)
give it, and without one if there is none. docs/consuming.md shows how to read the list.

Examples:
  slipway images --stack main
  slipway images --stack main --channel release/2.10 --output images.json
  slipway images --stack main --json | jq -r '.families["almalinux-builder"].images["cuda12.8"].references["docker.io"]'`,
    )
    .action(async (options: ImagesOptions) => {
      const { showImages } = await import("../images/show-images.ts");
      await showImages(options);
    });
}
