import { Command, InvalidArgumentError, Option } from "commander";
import { BYTE_SIZE_EXAMPLES } from "../../rules/byte-size.ts";
import { REGISTRY_NAMES } from "../../rules/image-file-schema.ts";
import { channelOption } from "../cache/options/channel-option.ts";
import { imageOption } from "../cache/options/image-option.ts";
import { sizeOf } from "../cache/options/values.ts";
import type { RefreshOptions } from "../cache/refresh/refresh.ts";
import { storeOption } from "../cache/store-option.ts";

const RESERVE = "5GiB";

/** `slipway cache refresh`: brings what a channel published onto a runner. */
export function cacheRefreshCommand(): Command {
  return new Command("refresh")
    .description(
      "Fetch what a channel's images have that the store has not, verified and resumable. A channel's image is the old one until the new one is whole.",
    )
    .addOption(storeOption())
    .option(
      "--images <file|reference>",
      "the list of images, images.json (default: where the stack publishes that of the channel)",
    )
    .option(
      "--stack <name>",
      "stack whose images are kept, by its file Pulumi.<name>.yaml (in GitHub Actions that of the run, else local)",
    )
    .addOption(channelOption("default: the stack's own").conflicts("run"))
    .addOption(
      new Option(
        "--run <id>",
        "the channel that this run of the workflow up published; GitHub is asked, and any other run is refused",
      ).argParser(runOf),
    )
    .addOption(imageOption())
    .addOption(
      new Option(
        "--from <registries...>",
        "registries that are asked, the first one first (default: as image.yaml lists them)",
      ).choices(REGISTRY_NAMES),
    )
    .addOption(
      new Option("--reserve <size>", `what stays free on the disk: ${BYTE_SIZE_EXAMPLES}`)
        .argParser(sizeOf)
        .default(sizeOf(RESERVE), RESERVE),
    )
    .option("--json", "one JSON object at the end instead of progress and a table", false)
    .addHelpText(
      "after",
      `
The list is taken as a whole or not at all: every image in it must be in the repositories that the stack's configuration and
image.yaml name. Registries are asked with this machine's login (docker login, GHCR_USER and GHCR_TOKEN, DOCKER_ID and
DOCKER_TOKEN), ECR by AWS's credentials, and only when something is fetched there. A run that is interrupted or killed keeps what
it fetched, and the next one goes on from there. Without --image, images that the list no longer has are kept aside until
slipway cache gc.

Result: new, replaced, unchanged, repaired (content was missing), newer (another run has put a newer
list's image there, which stays), removed (the list has it no longer), unlisted (neither the list
nor the store has it), failed. Exit code: 0, or 1 when an image failed; the others are refreshed all the same.

Examples:
  slipway cache refresh --store /var/lib/slipway --stack main
  slipway cache refresh --store /var/lib/slipway --stack main --channel release/2.10 --from ghcr.io ecr
  slipway cache refresh --store /var/lib/slipway --stack main --images images.json --image ci-image/pytorch-linux-jammy-rocm-n-py3
  slipway cache refresh --run "$RUN_ID" --image "$IMAGE"     (in a workflow, with SLIPWAY_CACHE_STORE set on the runner)`,
    )
    .action(async (options: RefreshOptions) => {
      const { refreshAndReport } = await import("../cache/refresh/refresh.ts");
      process.exitCode = await refreshAndReport(options);
    });
}

function runOf(text: string): number {
  if (/^[1-9][0-9]{0,14}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Write the number of a run, as github.event.workflow_run.id.");
}
