import { existsSync } from "node:fs";
import { appendFile, stat, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { PreviewReport } from "../../rules/preview-report.ts";
import { fitReport, previewReportText, type WholeReport } from "../../rules/preview-report-fit.ts";
import { UserError } from "../../rules/problems.ts";
import { namedFile, outputFile } from "../named-file.ts";
import { forLog } from "../print/for-log.ts";
import { callerFolder } from "../project-root.ts";
import { channelOfRun, stackOrOwn } from "../workflows/stack-of-run.ts";
import { changesCode } from "./plan-code.ts";
import { failedReport, type PreviewArgs, previewOf } from "./plan-preview.ts";

export interface PullRequestPlanOptions {
  /** Folder of the pull request's checkout. */
  readonly checkout: string;
  /** Folder of the base's checkout, where this checkout is the pull request's. */
  readonly base?: string;
  /** File with what was applied; there may be none. */
  readonly snapshot?: string;
  readonly stack?: string;
  readonly output: string;
  readonly json?: boolean;
}

/** A stack's name as a report has it. */
const STACK = /^[\w.-]{1,100}$/;
/** In the place of the stack's name in a report that says that there is none. */
const NO_STACK = "none";

/**
 * Plans a pull request's data by this checkout's code and writes the report. In GitHub Actions it also sets the output `code`.
 * @returns the exit code: 1 when the plan failed, which the report tells
 */
export async function planPullRequest(options: PullRequestPlanOptions): Promise<number> {
  const { stack } = options;
  if (stack !== undefined && !STACK.test(stack)) {
    throw new UserError(
      `--stack ${JSON.stringify(stack)} is no name of a stack: letters, digits and _ . - make one`,
    );
  }
  const file = outputFile("--output", options.output);
  const checkout = await folderOf("--checkout", options.checkout);
  const base = options.base === undefined ? undefined : await folderOf("--base", options.base);
  // Before anything can fail: the second job depends on it.
  await tellCode(checkout);
  const say = (line: string): void => {
    if (options.json !== true) console.error(line);
  };
  const snapshot = snapshotFile(options.snapshot, say);
  const report = fitReport(
    await wholeReport(stack, {
      checkout,
      ...(snapshot !== undefined && { snapshot }),
      ...(base !== undefined && { base }),
    }),
  );
  const text = previewReportText(report);
  await writeFile(file, text);
  if (options.json === true) process.stdout.write(text);
  else console.log(forLog(summary(report, options.output)));
  return report.failures.length > 0 ? 1 : 0;
}

async function wholeReport(
  given: string | undefined,
  trees: Omit<PreviewArgs, "stack">,
): Promise<WholeReport> {
  let stack: string;
  try {
    stack = await stackOrOwn(given);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const failure = { where: "(stack)", message: error.message };
    return failedReport({ stack: NO_STACK, channel: channelOfRun() }, [failure]);
  }
  return previewOf({ ...trees, stack });
}

async function folderOf(option: "--checkout" | "--base", path: string): Promise<string> {
  const folder = resolve(callerFolder(), path);
  const stats = await stat(folder).catch(() => undefined);
  if (path !== "" && stats?.isDirectory() === true) return folder;
  const whose = option === "--base" ? "base" : "pull request";
  throw new UserError(`${option} ${path}: no such folder; name the ${whose}'s checkout`);
}

/** `slipway snapshot fetch` writes no file where nothing was applied yet. */
function snapshotFile(path: string | undefined, say: (line: string) => void): string | undefined {
  if (path === undefined) return undefined;
  const file = namedFile("--snapshot", path);
  if (existsSync(file)) return file;
  say(`${path}: not there, so that the plan is compared with the base branch's own`);
  return undefined;
}

async function tellCode(checkout: string): Promise<void> {
  const { GITHUB_OUTPUT = "" } = process.env;
  if (GITHUB_OUTPUT === "") return;
  const file = outputFile("GITHUB_OUTPUT", GITHUB_OUTPUT);
  await appendFile(file, `code=${changesCode(checkout) ? "true" : "false"}\n`);
}

function summary(report: PreviewReport, output: string): string {
  const { stack, comparedWith, failures, leftOut } = report;
  const since =
    comparedWith.kind === "snapshot"
      ? `the snapshot of ${comparedWith.commit.slice(0, 12)}`
      : comparedWith.kind === "base"
        ? "a plan of the base branch"
        : "nothing";
  const counts = (["resources", "images", "names", "access", "retention"] as const).map(
    (list) => `${report[list].length + leftOut[list]} ${list}`,
  );
  return [
    `Preview of stack ${stack} by the embedded engine, compared with ${since}: ${counts.join(", ")}`,
    ...failures.map(({ where, message }) => `  ${where}: ${message}`),
    `The report is in ${output}`,
  ].join("\n");
}
