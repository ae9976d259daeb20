import { Command, Option } from "commander";
import { portOf } from "../cache/options/values.ts";
import type { ServeOptions } from "../cache/serve/run-serve.ts";
import { storeOption } from "../cache/store-option.ts";

/** `slipway cache serve`: the store as a registry. */
export function cacheServeCommand(): Command {
  return new Command("serve")
    .description(
      "Offer the kept images as a registry, to read and on this machine alone: for containerd, Kubernetes and Docker engines with containerd's image store, as the mirror of the images' own registries.",
    )
    .addOption(storeOption())
    .addOption(
      new Option("--port <number>", "of 127.0.0.1 and ::1; 0 for any that is free")
        .argParser(portOf)
        .default(5055),
    )
    .addHelpText(
      "after",
      `
Prints the hosts.toml of each registry that images were published on. There is no way to listen on another address, and no login.
An image that is pulled is kept from slipway cache gc until ten minutes after. SIGTERM ends it when what is under way is answered.

Examples:
  slipway cache serve --store /var/lib/slipway-cache
  slipway cache serve --port 0`,
    )
    .action(async (options: ServeOptions) => {
      const { runServe } = await import("../cache/serve/run-serve.ts");
      await runServe(options);
    });
}
