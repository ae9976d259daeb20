import { Command, Option } from "commander";
import type { NamesOptions } from "../names.ts";

/** `slipway names`: which names a ref gives its images, where, and why not. */
export function namesCommand(): Command {
  return new Command("names")
    .description(
      "Tell whether a ref publishes images, in which channel and GitHub environment, and under which names. Asks nobody: no network, no cloud.",
    )
    .argument("<ref...>", "refs in full: refs/heads/main, refs/tags/v2.10.0-rc1")
    .option("--event <event>", "GitHub's event that starts the workflow", "push")
    .addOption(
      new Option("--scheme <scheme>", "rule of names, when no family tells it").choices([
        "pytorch",
        "therock",
      ]),
    )
    .option(
      "--family <family>",
      "folder of images/ (default: almalinux-builder, or the scheme's first)",
    )
    .option("--stack <name>", "take the family from this stack")
    .option("--commit <sha>", "the commit that the ref points to, for the name that records it")
    .addOption(new Option("--json", "one JSON array, an object for each ref").default(false))
    .addOption(
      new Option("--markdown", "a Markdown table, as in docs/publishing.md")
        .default(false)
        .conflicts("json"),
    )
    .addHelpText(
      "after",
      `
A ref that is not published is an answer too, with its reason; the exit code is 0.

Examples:
  slipway names refs/heads/main refs/heads/release/2.10 refs/tags/v2.10.0-rc1
  slipway names refs/heads/stage/docker/try --scheme therock
  slipway names "$GITHUB_REF" --event "$GITHUB_EVENT_NAME" --commit "$GITHUB_SHA" --family ci-image --json`,
    )
    .action(async (refs: readonly string[], options: NamesOptions) => {
      const { showNames } = await import("../names.ts");
      await showNames(refs, options);
    });
}
