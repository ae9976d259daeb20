import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import type { DataFault } from "./take-data-walk.ts";
import { instanceFolder } from "../project-root.ts";
import { planFailures } from "./plan-failures.ts";
import { type PlannedStack, readPlanned } from "./planned-stack.ts";

const PROCESS = join(import.meta.dirname, "plan-process.ts");
/** A plan takes about a second. What data can make slow, patterns for one, ends here. */
const MOST_MILLISECONDS = 60_000;
const MOST_MEBIBYTES = 1024;
const MOST_ANSWER_BYTES = 128 * 1024 * 1024;
/** What a plan is given of this process's environment: no credential, whatever its data asks for. */
const GIVEN = ["PATH", "TMPDIR", "TMP", "TEMP", "SystemRoot", "NODE_COMPILE_CACHE"];

/** What a project declares, or why it does not. */
export interface PlannedData {
  readonly planned: Omit<PlannedStack, "failures">;
  readonly failures: readonly DataFault[];
}

/**
 * Plans a stack of a project in a process of its own that has no credential, and a bounded time and memory.
 * @param root absolute path of the folder with index.ts, Pulumi.yaml and data that may be anything
 */
export async function planData(root: string, stack: string): Promise<PlannedData> {
  const nothing = { declared: [], images: [] };
  const { stdout, problem } = await run(root, stack);
  if (problem !== undefined) {
    return { planned: nothing, failures: [{ where: "(plan)", message: problem }] };
  }
  const { failures, ...planned } = readPlanned(stdout);
  return failures.length > 0
    ? { planned: nothing, failures: planFailures(failures, root) }
    : { planned, failures: [] };
}

async function run(
  root: string,
  stack: string,
): Promise<{ readonly stdout: string; readonly problem?: string }> {
  const env = Object.fromEntries(GIVEN.map((name) => [name, process.env[name]]));
  const options = {
    cwd: root,
    env: {
      ...env,
      NO_COLOR: "1",
      SLIPWAY_HOME: instanceFolder(),
      // The data is in no repository, wherever temporary folders lie.
      GIT_CEILING_DIRECTORIES: dirname(root),
    },
    timeout: MOST_MILLISECONDS,
    killSignal: "SIGKILL",
    maxBuffer: MOST_ANSWER_BYTES,
  } as const;
  const args = [`--max-old-space-size=${MOST_MEBIBYTES}`, PROCESS, root, stack];
  return new Promise((resolve) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      if (error === null) resolve({ stdout });
      else resolve({ stdout, problem: problemOf(error, stderr) });
    });
  });
}

function problemOf(error: Error & { readonly killed?: boolean }, stderr: string): string {
  if (error.killed === true) {
    return `did not end within ${MOST_MILLISECONDS / 1000} seconds, or its answer was without measure; something in the data keeps it busy`;
  }
  if (stderr.includes("heap out of memory")) {
    return `took more than ${MOST_MEBIBYTES} MiB of memory; something in the data has no measure`;
  }
  const said = stderr.split("\n").find((line) => /^\w*Error\b/.test(line)) ?? error.message;
  return `broke off: ${said}`;
}
