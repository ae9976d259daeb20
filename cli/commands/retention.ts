import { Command } from "commander";
import type { SimulationOptions } from "../retention/simulate.ts";

/** `slipway retention`: what registries forget by themselves. */
export function retentionCommand(): Command {
  const retention = new Command("retention")
    .helpCommand(false)
    .description("What registries delete by themselves.");
  retention
    .command("simulate")
    .description(
      "Say what ECR would delete by a date, and refuse a policy that deletes what a pin, a channel or an image index needs. Deletes nothing. ghcr.io and docker.io have no such engine.",
    )
    .requiredOption("--at <date>", "2027-03-01, 2027-03-01T12:00:00Z, or +90d or +12w from now")
    .option(
      "--stack <name>",
      "stack whose ECR is asked, by its file Pulumi.<name>.yaml (default: local, and none with --listing)",
    )
    .option("--family <name>", "only this family")
    .option(
      "--listing <file>",
      "what aws ecr describe-images printed, with imageChildren of each index where known; ECR is not asked",
    )
    .option("--policy <file>", "ECR's JSON of a policy, in place of Slipway's default")
    .option("--images <files...>", "images.json of live channels, in place of the published ones")
    .option("--json", "one JSON object")
    .addHelpText(
      "after",
      `
Exit code: 0, or 1 when something that is needed would go.

Examples:
  slipway retention simulate --at +90d --stack main
  slipway retention simulate --at 2027-03-01 --listing images-on-ecr.json --policy policy.json --images images.json`,
    )
    .action(async (options: SimulationOptions & { readonly json?: boolean }) => {
      const { simulateAndReport } = await import("../retention/report.ts");
      process.exitCode = await simulateAndReport(options);
    });
  return retention;
}
