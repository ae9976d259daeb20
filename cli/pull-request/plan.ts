import { access, appendFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { PreviewReport } from "../../rules/preview-report.ts";
import { fitReport, previewReportText } from "../../rules/preview-report-fit.ts";
import { UserError } from "../../rules/problems.ts";
import { callerFolder } from "../project-root.ts";
import { forLog } from "../print/for-log.ts";
import { stackOrOwn } from "../workflows/stack-of-run.ts";
import { changesCode } from "./plan-code.ts";
import { previewOf } from "./plan-preview.ts";

export interface PullRequestPlanOptions {
  /** Folder of the pull request's checkout. */
  readonly checkout: string;
  /** File with what was applied; there may be none. */
  readonly snapshot?: string;
  readonly stack?: string;
  readonly output: string;
  readonly json?: boolean;
}

/**
 * Plans a pull request's data by this checkout's code and writes the report. In GitHub Actions it also sets the output `code`.
 * @returns the exit code: 1 when the plan failed, which the report tells
 */
export async function planPullRequest(options: PullRequestPlanOptions): Promise<number> {
  const checkout = await folderOf(options.checkout);
  const stack = await stackOrOwn(options.stack);
  // Before anything can fail: the second job depends on it.
  await tellCode(checkout);
  const say = (line: string): void => {
    if (options.json !== true) console.error(line);
  };
  const snapshot = await snapshotFile(options.snapshot, say);
  const report = fitReport(
    await previewOf({ checkout, stack, ...(snapshot !== undefined && { snapshot }) }),
  );
  const text = previewReportText(report);
  await writeFile(resolve(callerFolder(), options.output), text);
  if (options.json === true) process.stdout.write(text);
  else console.log(forLog(summary(report, options.output)));
  return report.failures.length > 0 ? 1 : 0;
}

async function folderOf(path: string): Promise<string> {
  const folder = resolve(callerFolder(), path);
  try {
    await access(folder);
  } catch (error) {
    throw new UserError(`${path}: no such folder; name the pull request's checkout`, {
      cause: error,
    });
  }
  return folder;
}

/** `slipway snapshot fetch` writes no file where nothing was applied yet. */
async function snapshotFile(
  path: string | undefined,
  say: (line: string) => void,
): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const file = resolve(callerFolder(), path);
  try {
    await access(file);
    return file;
  } catch {
    say(`${path}: not there, so that the plan is compared with the base branch's own`);
    return undefined;
  }
}

async function tellCode(checkout: string): Promise<void> {
  const { GITHUB_OUTPUT = "" } = process.env;
  if (GITHUB_OUTPUT === "") return;
  await appendFile(GITHUB_OUTPUT, `code=${changesCode(checkout) ? "true" : "false"}\n`);
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
