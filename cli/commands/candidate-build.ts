import { Command } from "commander";
import type { CandidateBuildOptions } from "../candidate/build.ts";

/** `slipway candidate build`: an image of a pull request, into a folder. */
export function candidateBuildCommand(): Command {
  return new Command("build")
    .description(
      "Build one image of a pull request's checkout into a folder, by the code of this checkout and with no credential: bases are pulled anonymously by their digests, no cache of a registry is read or written, and nothing of the pull request runs but inside of BuildKit.",
    )
    .requiredOption("--checkout <folder>", "the pull request's checkout, which may hold anything")
    .requiredOption("--image <label>", "FAMILY/ACCELERATOR, or FAMILY where that has one image")
    .requiredOption(
      "--output <folder>",
      "where the image goes as an OCI layout with candidate.json; must be empty or not there",
    )
    .option(
      "--stack <name>",
      "stack, by its file Pulumi.<name>.yaml; else that of the run, or local",
    )
    .option("--json", "print candidate.json instead of progress", false)
    .addHelpText(
      "after",
      `
The image is built as slipway build --missing builds it, and held against its contract. Families with several platforms have no
candidates: their parts are built on several machines. The BuildKit is this machine's own, or the local cloud's, never one of
slipway:builders, which builds what is published.

Exit code: 0, or 1 when the image does not build, breaks its contract, or the checkout has faults; the folder is empty then.

Examples:
  slipway candidate build --checkout ../pull-request --image almalinux-builder/cuda12.8 --output candidate
  slipway candidate build --checkout ../pull-request --image no_rocm_image_ubuntu24_04 --output candidate --json | jq -r .digest`,
    )
    .action(async (options: CandidateBuildOptions) => {
      const { buildCandidate } = await import("../candidate/build.ts");
      process.exitCode = await buildCandidate(options);
    });
}
