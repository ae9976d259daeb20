import { Command } from "commander";
import type { DoctorOptions } from "../show-doctor.ts";

/** `slipway doctor`: what this machine has and lacks, or who could write its kept images. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .description(
      "Show what this machine has and lacks; exit code 1 when something necessary is missing. With --store, who besides its owner could write the images that it keeps, and only that.",
    )
    .option("--store <folder>", "folder of the kept images; see slipway cache --help")
    .option("--job-user <name>", "with --store: the user of the jobs, in place of everybody")
    .option("--json", "one JSON object")
    .addHelpText(
      "after",
      `
Exit code: 0, or 1 when something is missing, or somebody could write the store.

Examples:
  slipway doctor
  slipway doctor --store /var/lib/slipway-cache --job-user runner`,
    )
    .action(async (options: DoctorOptions) => {
      const { showDoctor } = await import("../show-doctor.ts");
      process.exitCode = await showDoctor(options);
    });
}
