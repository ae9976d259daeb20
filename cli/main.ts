import { Command, CommanderError } from "commander";
import packageFile from "../package.json" with { type: "json" };
import { UserError } from "../rules/problems.ts";
import { basesCommand } from "./commands/bases.ts";
import { buildCommand } from "./commands/build.ts";
import { cacheCommand } from "./commands/cache.ts";
import { candidateCommand } from "./commands/candidate.ts";
import { channelCommand } from "./commands/channel.ts";
import { refuseUnknownBelow } from "./commands/commands-below.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { driftCommand } from "./commands/drift.ts";
import { imageCommand } from "./commands/image.ts";
import { imagesCommand } from "./commands/images.ts";
import { keysCommand } from "./commands/keys.ts";
import { localCommand } from "./commands/local.ts";
import { namesCommand } from "./commands/names.ts";
import { outputsCommand } from "./commands/outputs.ts";
import { pinsCommand } from "./commands/pins.ts";
import { planCommand } from "./commands/plan.ts";
import { pullRequestCommand } from "./commands/pull-request.ts";
import { recordCommand } from "./commands/record.ts";
import { reconcileCommands } from "./commands/reconcile.ts";
import { retentionCommand } from "./commands/retention.ts";
import { runCommand } from "./commands/run.ts";
import { secretsCommand } from "./commands/secrets.ts";
import { snapshotCommand } from "./commands/snapshot.ts";
import { trustCommand } from "./commands/trust.ts";
import { workflowsCommand } from "./commands/workflows.ts";
import { forLog } from "./print/for-log.ts";
import { instanceFolder } from "./project-root.ts";

const { version: VERSION } = packageFile;
/** Exit codes: 0 done, 1 a fault that the message explains, 2 wrong usage. */
const WRONG_USAGE = 2;

const program = new Command("slipway")
  .description("Publishes CI images, one per accelerator, and lets workflows use them safely.")
  .version(VERSION)
  .helpCommand(false)
  // What stands behind a command belongs to it, so that commands below one another may have options of the same name.
  .enablePositionalOptions()
  .showHelpAfterError("(add --help for the options and examples)")
  .configureOutput({ outputError: (text, write) => write(forWhoeverReads(text)) })
  .exitOverride();
const trust = trustCommand();
const secrets = secretsCommand();
const drift = driftCommand();
for (const command of [
  planCommand(),
  ...reconcileCommands(),
  drift,
  recordCommand(),
  snapshotCommand(),
  channelCommand(),
  outputsCommand(),
  retentionCommand(),
  namesCommand(),
  trust,
  secrets,
  buildCommand(),
  runCommand(),
  imageCommand(),
  imagesCommand(),
  keysCommand(),
  basesCommand(),
  cacheCommand(),
  pinsCommand(),
  candidateCommand(),
  workflowsCommand(),
  pullRequestCommand(),
  localCommand(),
  doctorCommand(),
]) {
  program.addCommand(command.copyInheritedSettings(program));
  for (const below of command.commands) below.copyInheritedSettings(command);
}
for (const command of [trust, secrets, drift]) refuseUnknownBelow(command);
// A reader that goes away (`slipway plan | head`) ends the printing, not with an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

// The program and the Pulumi CLI read it too, and have another idea of the current folder than npm's caller.
process.env["SLIPWAY_HOME"] = instanceFolder();

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}

/** Prints what went wrong: one message for a user's mistake, a stack trace only for a fault of Slipway. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE;
  if (error instanceof UserError) {
    console.error(`error: ${forWhoeverReads(error.message)}`);
    return 1;
  }
  if (isOfTheMachine(error)) {
    console.error(
      `error: ${error.message}; see to it that the place can be written and has room, and run again`,
    );
    return 1;
  }
  console.error("This is a fault of Slipway itself; please report it with what stands below.");
  console.error(error);
  return 1;
}

/** A message may quote what anybody wrote, and a workflow's runner reads along. */
function forWhoeverReads(message: string): string {
  return process.env["GITHUB_ACTIONS"] === "true" ? forLog(message) : message;
}

/** Whether the file system refused something: a folder that may not be written, a file in its place, a full disk. */
function isOfTheMachine(error: unknown): error is NodeJS.ErrnoException {
  const codes = [
    "EACCES",
    "EPERM",
    "EROFS",
    "ENOSPC",
    "EDQUOT",
    "EEXIST",
    "ENOTDIR",
    "EISDIR",
    "EMFILE",
  ];
  return (
    error instanceof Error &&
    "code" in error &&
    codes.includes(String(error.code)) &&
    "path" in error
  );
}
