import { Command, InvalidArgumentError, Option } from "commander";
import { BYTE_SIZE_EXAMPLES, parseByteSize } from "../../rules/byte-size.ts";
import { REGISTRY_NAMES } from "../../rules/image-file-schema.ts";
import { isChannel } from "../../rules/names.ts";
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
    .addOption(
      new Option(
        "--channel <branch>",
        "main, or a release line: release/2.10 (default: the stack's own)",
      )
        .argParser(channelOf)
        .conflicts("run"),
    )
    .addOption(
      new Option(
        "--run <id>",
        "the channel that this run of the workflow up published; GitHub is asked, and any other run is refused",
      ).argParser(runOf),
    )
    .option("--image <labels...>", "only these images: FAMILY/ACCELERATOR")
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

Result: new, replaced, unchanged, repaired (content was missing), removed (the list has it no longer), unlisted (neither the list
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

function channelOf(text: string): string {
  if (isChannel(text)) return text;
  throw new InvalidArgumentError(
    "Only main and release lines are kept: write main, or release/ and one more level.",
  );
}

function runOf(text: string): number {
  if (/^[1-9][0-9]{0,14}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Write the number of a run, as github.event.workflow_run.id.");
}

function sizeOf(text: string): number {
  const bytes = parseByteSize(text);
  if (bytes === undefined) throw new InvalidArgumentError(`Write ${BYTE_SIZE_EXAMPLES}.`);
  return bytes;
}
