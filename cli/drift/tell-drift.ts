import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { createComment, ownLogin } from "../../github/comments.ts";
import {
  closeIssue,
  createIssue,
  type Issue,
  openIssues,
  updateIssue,
} from "../../github/issues.ts";
import {
  type DriftMemory,
  type DriftNews,
  failedBuild,
  type JobResult,
  lastLook,
  memoryOf,
  newTroubles,
  troublesOf,
} from "../../rules/drift-issue.ts";
import {
  cleanComment,
  DRIFT_LABEL,
  DRIFT_TITLE,
  driftBody,
  newTroublesComment,
} from "../../rules/drift-markdown.ts";
import { MAX_DRIFT_REPORT_BYTES, readDriftReport } from "../../rules/drift-report.ts";
import { formatProblems } from "../../rules/problems.ts";
import { explaining } from "../github-access.ts";
import { callerFolder } from "../project-root.ts";
import { noStackOfRepository } from "./own-stack.ts";
import { runOnGithub, type RunOnGithub } from "./run-github.ts";

export interface TellDriftOptions {
  /** File that `slipway drift` wrote, if it came to that; relative to the caller's folder. */
  readonly report: string;
  readonly look: JobResult;
  readonly realBase: JobResult;
  readonly json?: boolean;
}

/** What became of the issue. */
export interface Told {
  /** `left alone`: the run neither looked nor built, or the repository has no stack. */
  readonly action: "opened" | "updated" | "closed" | "none is needed" | "left alone";
  /** Page of the issue. */
  readonly issue?: string;
}

/** An open issue of this command's own. */
interface OpenIssue extends Issue {
  readonly memory: DriftMemory;
}

/**
 * Opens, updates or closes the issue on drift, and prints which of it.
 * @returns the exit code: 0, whatever the issue says
 * @throws UserError when GitHub refuses
 */
export async function tellDrift({ json = false, ...options }: TellDriftOptions): Promise<number> {
  const none = await noStackOfRepository();
  if (none !== undefined) {
    console.log(json ? JSON.stringify({ issue: null, action: "left alone" }) : none);
    return 0;
  }
  const run = runOnGithub(process.env);
  const told = await explaining("to write Issues", () => tell(run, options));
  if (json) console.log(JSON.stringify({ issue: null, ...told }));
  else {
    console.log(
      `issue on drift: ${told.action}${told.issue === undefined ? "" : ` (${told.issue})`}`,
    );
  }
  return 0;
}

/** Does to the issue what has to be done. @throws whatever GitHub answers */
export async function tell(run: RunOnGithub, options: TellDriftOptions): Promise<Told> {
  const { look, realBase } = options;
  const { github, repository, runUrl } = run;
  if (look === "skipped" && realBase === "skipped") return { action: "left alone" };
  const open = await ownIssues(run);
  const [newest] = open;
  const news: DriftNews = {
    look,
    found:
      look === "skipped" ? { before: lastLook(newest?.memory) } : await readReport(options.report),
    failedBuild: failedBuild(realBase, runUrl, newest?.memory),
    runUrl,
  };
  if (troublesOf(news).size === 0) {
    for (const { number } of open) {
      await createComment(github, repository, number, cleanComment(runUrl));
      await closeIssue(github, repository, number);
    }
    return newest === undefined
      ? { action: "none is needed" }
      : { action: "closed", issue: newest.url };
  }
  const body = driftBody(news);
  if (newest === undefined) {
    const issue = { title: DRIFT_TITLE, body, labels: [DRIFT_LABEL] };
    const { url } = await createIssue(github, repository, issue);
    return { action: "opened", issue: url };
  }
  const { number, url, memory } = newest;
  await updateIssue(github, repository, number, body);
  const fresh = newTroubles(news, memory);
  // A changed text notifies nobody.
  if (fresh.length > 0) {
    await createComment(github, repository, number, newTroublesComment(fresh, runUrl));
  }
  return { action: "updated", issue: url };
}

/** The open issues that this command made, newest first: others may have the label, and anybody can write the marker. */
async function ownIssues({ github, repository }: RunOnGithub): Promise<readonly OpenIssue[]> {
  const [login, labelled] = await Promise.all([
    ownLogin(github),
    openIssues(github, repository, DRIFT_LABEL),
  ]);
  return labelled.flatMap((issue) => {
    const memory = issue.author === login ? memoryOf(issue.body) : undefined;
    return memory === undefined ? [] : [{ ...issue, memory }];
  });
}

async function readReport(path: string): Promise<DriftNews["found"]> {
  const file = resolve(callerFolder(), path);
  let text: string;
  try {
    const bytes = await readFile(file);
    // What is too large is refused below, and need not be a text.
    text = bytes.toString("utf8", 0, MAX_DRIFT_REPORT_BYTES + 1);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return { absent: "there is no file" };
    }
    throw error;
  }
  const read = readDriftReport(text);
  if ("report" in read) return read;
  console.error(formatProblems(path, read.problems));
  return { absent: "the file is no report; the log of the run says what is wrong with it" };
}
