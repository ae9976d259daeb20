/* A process of a step, in a process group of its own. */
import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { randomUUID } from "node:crypto";

export interface ProcessEnd {
  /** Undefined when it was killed. */
  readonly exitCode: number | undefined;
  /** Both streams as they came. */
  readonly output: string;
  readonly timedOut: boolean;
}

/** How a step without `shell` runs its script, and how one with `shell: bash` does. */
const FLAGS = {
  unsaid: ["-e"],
  bash: ["--noprofile", "--norc", "-eo", "pipefail"],
} as const;

/**
 * Runs a script as GitHub's runner does; at the time-out its whole process group is killed.
 * @param milliseconds until then
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
 */
export async function runScript(
  script: string,
  {
    shell,
    cwd,
    env,
    temp,
    milliseconds,
  }: {
    readonly shell: "bash" | undefined;
    readonly cwd: string;
    readonly env: Readonly<Record<string, string>>;
    /** Where the script is written. */
    readonly temp: string;
    readonly milliseconds: number;
  },
): Promise<ProcessEnd> {
  const file = join(temp, `${randomUUID()}.sh`);
  await writeFile(file, script);
  return new Promise((resolve, reject) => {
    const child = spawn("bash", [...FLAGS[shell ?? "unsaid"], file], {
      cwd,
      env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const chunks: Buffer[] = [];
    let timedOut = false;
    const killGroup = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // Nobody of the group is left.
      }
    };
    const timer = setTimeout(
      () => {
        timedOut = true;
        killGroup();
      },
      Math.min(milliseconds, MOST_MILLISECONDS),
    );
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", reject);
    child.on("exit", killGroup);
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({
        exitCode: code ?? undefined,
        output: Buffer.concat(chunks).toString("utf8"),
        timedOut,
      });
    });
  });
}

/** No test waits for longer, whatever a workflow allows. */
const MOST_MILLISECONDS = 10 * 60_000;
