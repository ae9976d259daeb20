import { Command } from "commander";
import { holdMemorySmall } from "../cache/download/memory-sweep.ts";
import { cacheExportCommand } from "./cache-export.ts";
import { cacheGcCommand } from "./cache-gc.ts";
import { cacheLsCommand } from "./cache-ls.ts";
import { cacheRemoveCommand } from "./cache-remove.ts";
import { cacheServeCommand } from "./cache-serve.ts";
import { cacheVerifyCommand } from "./cache-verify.ts";
import { cacheRefreshCommand } from "./cache-refresh.ts";
import { cacheLoadCommand } from "./cache-load.ts";

/** `slipway cache`: the images that GPU runners keep, so that their jobs start without a pull. */
export function cacheCommand(): Command {
  const cache = new Command("cache")
    .helpCommand(false)
    .description(
      "Keep a channel's images on a runner, whole and verified, so that its jobs start without a pull.",
    )
    .hook("preAction", holdMemorySmall);
  // One line each, in the order of --help.
  cache.addCommand(cacheRefreshCommand());
  cache.addCommand(cacheLoadCommand());
  cache.addCommand(cacheExportCommand());
  cache.addCommand(cacheServeCommand());
  cache.addCommand(cacheLsCommand());
  cache.addCommand(cacheVerifyCommand());
  cache.addCommand(cacheGcCommand());
  cache.addCommand(cacheRemoveCommand());
  return cache;
}
