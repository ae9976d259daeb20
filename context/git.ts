import { execFile } from "node:child_process";

/** How a run of git ended. */
export interface GitAnswer {
  readonly exitCode: number;
  readonly stdout: string;
  /** Its first line. */
  readonly stderr: string;
  /** All lines of the same. */
  readonly messages: readonly string[];
  /** Whether there is no git on this machine. */
  readonly missing: boolean;
}

export interface GitOptions {
  /** Variables besides this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** What git reads from its standard input. */
  readonly input?: string;
  /** Is given what git prints, as it comes. */
  readonly onOutput?: (text: string) => void;
}

/** Variables by which a caller, a hook for one, would lead git to another repository. */
const ELSEWHERE = new Set([
  "GIT_DIR",
  "GIT_WORK_TREE",
  "GIT_INDEX_FILE",
  "GIT_COMMON_DIR",
  "GIT_NAMESPACE",
]);

/** No program that a repository's configuration names runs, and replaced objects do not bend history. */
const SAFE = [
  "--no-replace-objects",
  "--no-optional-locks",
  ...["-c", "core.fsmonitor=false"],
  ...["-c", "core.hooksPath=/dev/null"],
];

const SETTINGS = {
  GIT_TERMINAL_PROMPT: "0",
  // A partial clone would ask its remote for what it lacks.
  GIT_NO_LAZY_FETCH: "1",
  LC_ALL: "C",
};
const MOST_BYTES = 256 * 1024 * 1024;

/**
 * Runs git in a folder, with no shell, and with nothing of the environment that would lead it elsewhere.
 * @returns how it ended, whatever that is
 * @see https://git-scm.com/docs/git
 */
export function git(
  folder: string,
  args: readonly string[],
  { env = {}, input = "", onOutput = () => undefined }: GitOptions = {},
): Promise<GitAnswer> {
  const own = Object.entries(process.env).filter(([name]) => !ELSEWHERE.has(name));
  const options = {
    cwd: folder,
    env: { ...Object.fromEntries(own), ...SETTINGS, ...env },
    maxBuffer: MOST_BYTES,
  };
  return new Promise((resolve) => {
    const child = execFile("git", [...SAFE, ...args], options, (error, stdout, stderr) => {
      const messages = stderr.split("\n");
      resolve({
        exitCode: error === null ? 0 : typeof error.code === "number" ? error.code : -1,
        stdout,
        stderr: messages[0] ?? "",
        messages,
        missing: error?.code === "ENOENT",
      });
    });
    child.stdout?.on("data", onOutput);
    // A git that does not want it closes its end.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}
