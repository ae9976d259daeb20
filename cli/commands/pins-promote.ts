import { Command } from "commander";
import type { PinsPromoteOptions } from "../pins/promote/run-promote.ts";
import { stackOption } from "./stack-options.ts";

/** `slipway pins promote`: content from what was built of a pull request, once that is merged. */
export function pinsPromoteCommand(): Command {
  return new Command("promote")
    .description(
      "After a merge, give images that lack their content that of the pull request's candidates, where it is proven to be the same.",
    )
    .addOption(stackOption())
    .option("--commit <sha>", "the merged commit, which is checked out (the checked-out one)")
    .option("--json", "one JSON object", false)
    .addHelpText(
      "after",
      `
The contents of the merged tree are computed anew. A candidate is taken over when checks of the pull request's head passed,
none failed or is under way, and its provenance says that it is this content: signed by this repository's candidate.yml of main, for this image,
content and pull request. Then that very digest is copied to every registry of the family and gets the content name. Of all others
nothing is named, and why is told: slipway build --missing builds them.

Candidates are the digests that the tree pins in a family's repository of candidates, and those that the head's checks
"candidate IMAGE" tell. Where Sigstore, GitHub or a registry does not answer, that is a warning, and the content is built. Exit
code 1 only when naming broke half-way. GITHUB_TOKEN needs to read pull requests, checks and statuses.

Examples:
  slipway pins promote --stack main
  slipway pins promote --stack local --json | jq '.images[] | select(.state == "promoted")'`,
    )
    .action(async (options: PinsPromoteOptions) => {
      const { runPinsPromote } = await import("../pins/promote/run-promote.ts");
      process.exitCode = await runPinsPromote(options);
    });
}
