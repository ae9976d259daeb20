import { Command } from "commander";
import type { RunCommandOptions } from "../run-image.ts";
import { collect } from "./collect.ts";

/** `slipway run`: a command inside an image of the catalogue. */
export function runCommand(): Command {
  return new Command("run")
    .description(
      "Build an image and run a command in it, with the Docker engine if there is one, else with runc (as root).",
    )
    .argument("<family>", "folder of images/")
    .argument("[accelerator]", "one of the family; needed when it has several")
    .argument("[command...]", "after --: what to run instead of the image's own command")
    .option(
      "--stand-ins",
      "small stand-ins for base image and install scripts, as on the local cloud",
      false,
    )
    .option(
      "--mount <source:target[:ro]>",
      "a folder of this machine in the container; may be repeated",
      collect,
      [],
    )
    .option("--entrypoint <path>", "instead of the image's own")
    .addHelpText(
      "after",
      `
Examples:
  slipway run no_rocm_image_ubuntu24_04 --mount .:/work -- ls /work
  slipway run almalinux-builder cuda12.8 --stand-ins -- cat /etc/os-release`,
    )
    .action(
      async (
        _family: string,
        _accelerator: string,
        _command: string[],
        options: RunCommandOptions,
        self: Command,
      ) => {
        const { runImage } = await import("../run-image.ts");
        process.exitCode = await runImage(splitAtDashes(self.args, process.argv), options);
      },
    );
}

/** What stands before and after `--`: commander leaves both in one list. */
function splitAtDashes(
  args: readonly string[],
  argv: readonly string[],
): { image: readonly string[]; command: readonly string[] } {
  const dashes = argv.indexOf("--");
  const after = dashes < 0 ? 0 : argv.length - dashes - 1;
  return { image: args.slice(0, args.length - after), command: args.slice(args.length - after) };
}
