import { Command } from "commander";
import { channelOption } from "../cache/options/channel-option.ts";
import { storeOption } from "../cache/store-option.ts";
import type { LoadCommandOptions } from "../cache/load/run-load.ts";

/** `slipway cache load`: from the store into the Docker engine. */
export function cacheLoadCommand(): Command {
  return new Command("load")
    .description(
      "Give the Docker engine an image of the store under the names that jobs ask for; what the store has not, the engine pulls.",
    )
    .argument(
      "<image>",
      "name of an image in the store, or a reference: host/path:tag, host/path@sha256:...",
    )
    .addOption(storeOption())
    .addOption(channelOption("main for a name, every one for a reference"))
    .option("--json", "one JSON object")
    .addHelpText(
      "after",
      `
A name is a label as slipway cache ls shows it, or an accelerator that one image alone has. The image is named by its
reference on ECR with its content name, and by the reference that was asked for. What the engine has already is only named;
layers that it has are not sent again. Where the store has another digest than was asked for, or not the whole image, the
reference is pulled with the logins of docker login, and the reason told.

A classic engine knows a loaded image by its tags alone: a job that runs image@sha256:... still asks the registry.
No stack and no configuration are read.

Examples:
  slipway cache load ci-image/pytorch-linux-jammy-rocm-n-py3 --store /var/lib/slipway-cache
  slipway cache load pytorch-linux-jammy-rocm-n-py3 --channel release/2.10
  slipway cache load 308535385114.dkr.ecr.us-east-1.amazonaws.com/pytorch/ci-image@sha256:... --json`,
    )
    .action(async (image: string, options: LoadCommandOptions) => {
      const { runLoad } = await import("../cache/load/run-load.ts");
      await runLoad(image, options);
    });
}
