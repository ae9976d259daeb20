import { Command } from "commander";
import { FINDING_KINDS } from "../../rules/pins/finding-kind.ts";
import { table } from "../print/table.ts";
import type { PinsCheckOptions } from "../pins/check/run-check.ts";
import { listOption, pinsStackOption } from "./pins-options.ts";

/** `slipway pins check`: whether the pins of a tree are what they should be. */
export function pinsCheckCommand(): Command {
  return new Command("check")
    .description(
      "Tell which pins of a tree differ from others of their image, are not on their registry or not whole there, are too old, or are none.",
    )
    .option("--root <folder>", "tree to look at, any checkout (default: this one)")
    .addOption(pinsStackOption())
    .addOption(listOption())
    .option("--offline", "ask no registry: what the tree alone tells", false)
    .option("--json", "a JSON list, one object for each place and finding", false)
    .addHelpText(
      "after",
      `
Exit code 1 when there is a finding, and when it could not look: a folder, a list or a pins.yaml that cannot be read. The words,
which --json has as "finding" (null: as it should be; a place with several findings has an object for each):
${kinds()}

That a newer image is published than the one that all pins of it have is noted, and is no finding: --json has null.

A pin that is held may differ, be old and be no digest until its day is over.

Examples:
  slipway pins check
  slipway pins check --root ../TheRock --stack therock
  slipway pins check --offline --json | jq '.[] | select(.finding == "two-digests")'
  slipway pins check --images ghcr.io/pytorch/slipway-images:main`,
    )
    .action(async (options: PinsCheckOptions) => {
      const { runPinsCheck } = await import("../pins/check/run-check.ts");
      process.exitCode = await runPinsCheck(options);
    });
}

function kinds(): string {
  return table(Object.entries(FINDING_KINDS).map(([word, meaning]) => [`  ${word}`, meaning]));
}
