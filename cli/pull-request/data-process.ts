import { execFile } from "node:child_process";
import { dirname } from "node:path";
import { instanceFolder } from "../project-root.ts";

/** What data can make slow, patterns for one, ends here; without such data it takes about a second. */
const MOST_MILLISECONDS = 60_000;
const MOST_MEBIBYTES = 1024;
const MOST_ANSWER_BYTES = 128 * 1024 * 1024;
/** What the process is given of this one's environment: no credential, whatever its data asks for. */
const GIVEN = ["PATH", "TMPDIR", "TMP", "TEMP", "SystemRoot", "NODE_COMPILE_CACHE"];

/** What a process printed, and why that does not count. */
export interface DataAnswer {
  readonly stdout: string;
  readonly problem?: string;
}

/**
 * Runs a program of ours on data that may be anything, in a process that has no credential, and a bounded time and memory.
 * @param program absolute path of a module
 * @param root absolute path of the data's folder; becomes the first argument
 */
export async function runOnData(
  program: string,
  root: string,
  ...args: readonly string[]
): Promise<DataAnswer> {
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
  const words = [`--max-old-space-size=${MOST_MEBIBYTES}`, program, root, ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, words, options, (error, stdout, stderr) => {
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
