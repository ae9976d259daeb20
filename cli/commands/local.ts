import { Command } from "commander";

/** `slipway local`: the cloud on this machine. */
export function localCommand(): Command {
  const local = new Command("local")
    .helpCommand(false)
    .description(
      "The cloud on this machine: AWS by moto, three registries, BuildKit and a GitHub emulator.",
    )
    .addHelpText(
      "after",
      `
Everything lies in .slipway/ of the project, or in the folder that SLIPWAY_HOME names.

Examples:
  slipway local up        start it and apply stack local
  slipway local status
  slipway local stop      end every process; ports, images and GitHub's data stay
  slipway local remove --yes`,
    );
  local
    .command("up")
    .description("Start the local cloud and apply stack local to it.")
    .action(async () => {
      const { localUp } = await import("../local-up.ts");
      process.exitCode = await localUp();
    });
  local
    .command("start")
    .description("Start what does not run yet.")
    .action(async () => {
      const { startServices } = await import("../local-up.ts");
      await startServices();
    });
  local
    .command("status")
    .description("Show each service; exit code 1 unless all run.")
    .option("--json", "one JSON object")
    .action(async (options: { json?: boolean }) => {
      const { showStatus } = await import("../local-status.ts");
      process.exitCode = await showStatus(options);
    });
  local
    .command("stop")
    .description(
      "End every process of the local cloud; ports and data stay, but for AWS, which moto keeps in memory.",
    )
    .action(async () => {
      const { stopServices } = await import("../local-status.ts");
      await stopServices();
    });
  local
    .command("remove")
    .description("Stop it and delete all its data, ports and credentials; tools stay.")
    .option("--yes", "needed: what stack local made is gone then, too")
    .action(async (options: { yes?: boolean }) => {
      const { removeServices } = await import("../local-status.ts");
      await removeServices(options);
    });
  return local;
}
