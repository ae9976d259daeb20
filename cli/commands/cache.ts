import { Command } from "commander";

/** `slipway cache`: the images that GPU runners keep, so that their jobs start without a pull. */
export function cacheCommand(): Command {
  const cache = new Command("cache")
    .helpCommand(false)
    .description(
      "Keep a channel's images on a runner, whole and verified, so that its jobs start without a pull.",
    );
  // One line each, in the order of --help: cache.addCommand(cacheRefreshCommand());
  return cache;
}
