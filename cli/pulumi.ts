import { dirname, delimiter } from "node:path";
import { execa } from "execa";
import { UserError } from "../rules/problems.ts";

/** Whether the Pulumi CLI answers on this machine. */
export async function hasPulumi(): Promise<boolean> {
  const { failed } = await execa("pulumi", ["version"], { reject: false, stdin: "ignore" });
  return !failed;
}

/**
 * Runs the Pulumi CLI in the project's folder and passes its output, prompts and exit code through.
 * Its Node program starts with the Node that runs this process, which strips types; the CLI would take the first on PATH.
 */
export async function runPulumi(root: string, args: readonly string[]): Promise<number> {
  const { exitCode, failed, code } = await execa("pulumi", args, {
    cwd: root,
    stdio: "inherit",
    reject: false,
    env: { PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter) },
  });
  if (code === "ENOENT") throw new UserError(MISSING);
  return exitCode ?? (failed ? 1 : 0);
}

/** What is missing and how to get it. */
export const MISSING =
  "the Pulumi CLI was not found on PATH; install it with its own installer (https://www.pulumi.com/docs/install/) and log in to a state backend with `pulumi login`";

/** What `slipway` operations are in the CLI's own words. */
export type PulumiOperation = "up" | "preview" | "refresh" | "destroy";

/** Arguments of the CLI for an operation; a failed image does not stop the others. */
export function pulumiArguments(
  operation: PulumiOperation,
  options: { stack: string; yes?: boolean; json?: boolean; refresh?: boolean },
): string[] {
  const args = [operation, "--stack", options.stack];
  if (operation === "up" || operation === "preview") {
    if (options.refresh !== false) args.push("--refresh", "--run-program");
  } else {
    args.push("--run-program");
  }
  if (operation === "up" || operation === "destroy") args.push("--continue-on-error");
  if (options.yes === true && operation !== "preview") args.push("--yes");
  if (options.json === true) args.push("--json");
  return args;
}
