import { Command } from "commander";
import type { KeysOptions } from "../keys.ts";

/** `slipway keys`: the content keys, and what a change rebuilds. */
export function keysCommand(): Command {
  return new Command("keys")
    .description(
      "Show the content key of each image, or which images a change rebuilds and why; needs no network.",
    )
    .argument("[family]", "folder of images/; all of them when it is left out")
    .option(
      "--stack <name>",
      "keys as in this stack: its families, on its stand-ins if it has them",
    )
    .option("--diff <revision>", "compare the work tree with this git revision")
    .option("--json", "a JSON list, one object for each image")
    .addHelpText(
      "after",
      `
Without --stack: the whole catalogue, on its real bases.

Examples:
  slipway keys
  slipway keys almalinux-builder --json
  slipway keys --diff origin/main`,
    )
    .action(async (family: string | undefined, options: KeysOptions) => {
      const { showKeys } = await import("../keys.ts");
      process.exitCode = await showKeys(family, options);
    });
}
