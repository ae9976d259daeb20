import { Command } from "commander";
import { pinsBumpCommand } from "./pins-bump.ts";
import { pinsCheckCommand } from "./pins-check.ts";
import { pinsGraphCommand } from "./pins-graph.ts";
import { pinsPromoteCommand } from "./pins-promote.ts";
import { pinsProposeCommand } from "./pins-propose.ts";
import { pinsProtectCommand } from "./pins-protect.ts";

/** `slipway pins`: the digests of managed images that stand in code, in every file that has them. */
export function pinsCommand(): Command {
  const pins = new Command("pins")
    .helpCommand(false)
    .description(
      "Find, check and move the digests of images that stand in code: one change, every place, and never a pin to nothing.",
    );
  // One line each, in the order of --help: check, bump, propose, promote, protect, graph.
  pins.addCommand(pinsCheckCommand());
  pins.addCommand(pinsBumpCommand());
  pins.addCommand(pinsProposeCommand());
  pins.addCommand(pinsPromoteCommand());
  pins.addCommand(pinsProtectCommand());
  pins.addCommand(pinsGraphCommand());
  return pins;
}
