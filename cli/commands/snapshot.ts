import { Command } from "commander";
import type { FetchOptions } from "../snapshot/fetch.ts";
import type { PublishOptions } from "../snapshot/publish.ts";
import { engineOption, stackOption } from "./stack-options.ts";

/** `slipway snapshot publish` and `fetch`: what a stack looked like when it was last applied, for who has no login. */
export function snapshotCommand(): Command {
  const publish = new Command("publish")
    .description("After `up`: publish what the stack's state says, as far as anybody may read it.")
    .addOption(stackOption())
    .addOption(engineOption())
    .option("--json", "one JSON object")
    .addHelpText(
      "after",
      `
The snapshot is told to be of the commit of the workflow's run, elsewhere of the one that is checked out, whatever was applied: publish
right after up, from the same checkout. Files that are not as committed are warned of.

A commit that is older than that of the last snapshot publishes nothing. The first snapshot makes a package, which has to be
made public once; the command says so and how. docs/snapshot.md lists what a snapshot holds.

Example:
  slipway snapshot publish --stack main`,
    )
    .action(async (options: PublishOptions) => {
      const { publishSnapshot } = await import("../snapshot/publish.ts");
      process.exitCode = await publishSnapshot(options);
    });
  const fetch = new Command("fetch")
    .description("Get the snapshot that was published last; needs no credential.")
    .option(
      "--stack <name>",
      "stack, by its file Pulumi.<name>.yaml (in GitHub Actions that of the run, else local)",
    )
    .requiredOption(
      "--output <file>",
      "where to write it; no file is there when none was published",
    )
    .addHelpText(
      "after",
      `
Exit code 0 also when none was published yet.

Example:
  slipway snapshot fetch --stack main --output snapshot.json
  slipway plan --stack main --snapshot snapshot.json`,
    )
    .action(async (options: FetchOptions) => {
      const { fetchSnapshot } = await import("../snapshot/fetch.ts");
      process.exitCode = await fetchSnapshot(options);
    });
  return new Command("snapshot")
    .description("Publish and fetch what a stack looked like when it was last applied.")
    .helpCommand(false)
    .addCommand(publish)
    .addCommand(fetch);
}
