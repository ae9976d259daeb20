import { Command } from "commander";

/** `slipway doctor`: what this machine has and lacks. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .description(
      "Show what this machine has and lacks; exit code 1 when something necessary is missing.",
    )
    .option("--json", "one JSON object")
    .action(async (options: { json?: boolean }) => {
      const { showDoctor } = await import("../show-doctor.ts");
      process.exitCode = await showDoctor(options);
    });
}
