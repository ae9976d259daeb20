import { Command } from "commander";
import type { RecordOptions } from "../publishing/record-report.ts";
import { stackOption } from "./stack-options.ts";

/** `slipway record`: names of an event, pins, and the list of what a channel published. */
export function recordCommand(): Command {
  return new Command("record")
    .description(
      "After `up`, or `build --missing` for a ref without a stack: put the names of the commit or tag, pin what names lead to, and list the images by digest.",
    )
    .addOption(stackOption())
    .option("--event <event>", "what started the run, in GitHub's words (GITHUB_EVENT_NAME, push)")
    .option("--ref <ref>", "branch or tag in full (GITHUB_REF, the branch of the stack's channel)")
    .option("--commit <sha>", "the commit that the images are of (GITHUB_SHA, the checked-out one)")
    .option("--output <file>", "write the list to this file too")
    .option("--json", "one JSON object")
    .addHelpText(
      "after",
      `
In GitHub Actions event, ref and commit are those of the run. A commit that is older than the one recorded last records
nothing. Exit code 1 says that an image could not be recorded, that a name leads elsewhere, or that a later commit was
recorded meanwhile; all others were recorded.

Examples:
  slipway record --stack main --output images.json
  slipway record --stack release-2.10 --ref refs/tags/v2.10.0-rc1
  slipway record --stack local --json | jq '.list.families'`,
    )
    .action(async (options: RecordOptions) => {
      const { recordAndReport } = await import("../publishing/record-report.ts");
      process.exitCode = await recordAndReport(options);
    });
}
