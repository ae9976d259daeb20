import { Command } from "commander";
import type { ReconcileOptions } from "../reconcile.ts";
import { engineOption, stackOption } from "./stack-options.ts";

const ONLY_BUILT =
  "build nothing: an image whose content no registry has is left as it is, with its names, and told; what a registry does not tell of counts as built";

/** `slipway preview`, `up`, `refresh` and `destroy`. */
export function reconcileCommands(): Command[] {
  const preview = command(
    "preview",
    "Show what `up` would change, after a look at what is really there.",
  )
    .option("--no-refresh", "believe the state instead of looking")
    .option(
      "--expect-no-changes",
      "exit code 1 when anything would change, as after up; a commit that is older than the one recorded last is not looked at",
    )
    .option("--only-built", ONLY_BUILT)
    .addHelpText(
      "after",
      "\nExit code: 0, or 1 when the preview failed or, with --expect-no-changes, anything would change.\n" +
        "\nExamples:\n  slipway preview --stack local\n  slipway preview --stack main --expect-no-changes --only-built",
    );
  const up = command("up", "Make everything as the stack declares it.")
    .option("--no-refresh", "believe the state instead of looking first")
    .option("--yes", "do not ask (the embedded engine never asks)")
    .option("--only-built", ONLY_BUILT)
    .option(
      "--commit <sha>",
      "the commit that this is for (the checked-out one); when a later one was recorded, nothing is done",
    )
    .option("--even-if-older", "go on for a commit that is older than the one recorded last")
    .addHelpText(
      "after",
      "\nExamples:\n  slipway up --stack local\n  slipway up --stack main --engine pulumi --yes\n  slipway build --missing --stack main; slipway up --stack main --only-built" +
        "\n\nExit code 1 says as well that a later commit was published meanwhile, and which command puts its names right.",
    );
  const refresh = command(
    "refresh",
    "Take over into the state what is really there; changes nothing else.",
  )
    .option("--yes", "do not ask (the embedded engine never asks)")
    .addHelpText("after", "\nExample:\n  slipway refresh --stack local");
  const destroy = command(
    "destroy",
    "Delete everything the stack declares; image content stays until retention ends.",
  )
    .option("--yes", "delete without asking; the embedded engine insists on it")
    .addHelpText("after", "\nExample:\n  slipway destroy --stack local --yes");
  return [preview, up, refresh, destroy];
}

function command(
  operation: "preview" | "up" | "refresh" | "destroy",
  description: string,
): Command {
  return new Command(operation)
    .description(description)
    .addOption(stackOption())
    .addOption(engineOption())
    .option("--json", "one JSON object at the end instead of progress")
    .option("--verbose", "every step of every build")
    .action(async (options: ReconcileOptions) => {
      const { reconcile } = await import("../reconcile.ts");
      process.exitCode = await reconcile(operation, options);
    });
}
