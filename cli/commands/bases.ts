import { Command } from "commander";
import type { BasesOptions, MirrorBasesOptions } from "../bases/show-bases.ts";
import { stackOption } from "./stack-options.ts";

/** `slipway bases`: the images that the catalogue's images stand on. */
export function basesCommand(): Command {
  return new Command("bases")
    .description("The base images of the catalogue, which image.yaml pins by digest.")
    .helpCommand(false)
    .addCommand(checkCommand())
    .addCommand(bumpCommand())
    .addCommand(mirrorCommand());
}

function checkCommand(): Command {
  return new Command("check")
    .description(
      "Ask the registries whether each base's tag has moved, and its pinned digest is there.",
    )
    .argument("[name...]", "FAMILY or FAMILY/BASE; all of them when it is left out")
    .option("--json", "a JSON list, one object for each base")
    .addHelpText(
      "after",
      `
Exit code 1 when a base needs somebody: gone, unresolved, without its tag or a platform, or not asked. A base that only
moved is news: exit code 0.

Examples:
  slipway bases check
  slipway bases check ci-image --json | jq '.[] | select(.state == "moved")'`,
    )
    .action(async (names: readonly string[], options: BasesOptions) => {
      const { showBaseCheck } = await import("../bases/show-bases.ts");
      process.exitCode = await showBaseCheck(names, options);
    });
}

function bumpCommand(): Command {
  return new Command("bump")
    .description(
      "Write what each base's tag stands for into image.yaml, and nothing else; all files or none.",
    )
    .argument("[name...]", "FAMILY or FAMILY/BASE; all of them when it is left out")
    .option("--json", "a JSON list, one object for each base with a new digest")
    .addHelpText(
      "after",
      `
Examples:
  slipway bases bump
  slipway bases bump almalinux-builder/rocm7.1 ci-image`,
    )
    .action(async (names: readonly string[], options: BasesOptions) => {
      const { bumpBases } = await import("../bases/show-bases.ts");
      process.exitCode = await bumpBases(names, options);
    });
}

function mirrorCommand(): Command {
  return new Command("mirror")
    .description(
      "Copy a stack's bases by digest to slipway:baseMirror, where its builds fetch them.",
    )
    .addOption(stackOption())
    .option("--dry-run", "only tell what would be copied", false)
    .option("--json", "a JSON list, one object for each base")
    .addHelpText(
      "after",
      `
Examples:
  slipway bases mirror --stack main --dry-run
  slipway bases mirror --stack main`,
    )
    .action(async (options: MirrorBasesOptions) => {
      const { showBaseMirror } = await import("../bases/show-bases.ts");
      process.exitCode = await showBaseMirror(options);
    });
}
