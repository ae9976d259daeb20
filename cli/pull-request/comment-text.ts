import { artifactsOfRun } from "../../github/workflow-run.ts";
import { CHANGED_CODE_ARTIFACT, PREVIEW_ARTIFACT } from "../../rules/preview-artifacts.ts";
import {
  noPreviewComment,
  previewComment,
  type PreviewSource,
} from "../../rules/preview-markdown.ts";
import type { PreviewReport } from "../../rules/preview-report.ts";
import { UserError } from "../../rules/problems.ts";
import { outcomeOf, type WorkflowRunFacts } from "../../rules/workflow-run-facts.ts";
import { reportOf } from "./artifact.ts";
import type { CommentedRun } from "./comment.ts";

/** The text of a comment, and why it shows no preview where something is wrong with what a run kept. */
export interface CommentText {
  readonly body: string;
  readonly refusal?: string;
  /** Head commit whose preview tells more than this, where the pull request shows one. */
  readonly keep?: string;
}

/**
 * The comment on what a run kept. A preview that cannot be shown is said not to be there, so that nobody takes that of an
 * earlier commit for it; nothing of what was refused is quoted.
 * @param baseBranch of the pull request, which the preview must be for
 */
export async function commentText(
  asked: Pick<CommentedRun, "client" | "repository" | "progress">,
  run: WorkflowRunFacts,
  baseBranch: string,
  source: PreviewSource,
): Promise<CommentText> {
  const { client, repository } = asked;
  try {
    const artifacts = await artifactsOfRun(client, repository, run.id);
    const read = async (name: string) =>
      forBranch(await reportOf(client, repository, run, artifacts, name), name, baseBranch);
    const report = await read(PREVIEW_ARTIFACT);
    if (report === undefined) return withoutReport(run, source);
    const second = source.unreviewed === undefined ? undefined : await read(CHANGED_CODE_ARTIFACT);
    return { body: previewComment(report, source, second) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const reason =
      "What the run kept as its preview was refused; the log of the workflow that writes this comment says why.";
    return { body: noPreviewComment(reason, source), refusal: error.message };
  }
}

/** @throws UserError for the preview of another channel */
function forBranch(
  report: PreviewReport | undefined,
  name: string,
  baseBranch: string,
): PreviewReport | undefined {
  if (report === undefined || report.channel === baseBranch) return report;
  throw new UserError(
    `artifact ${name} is a preview of channel ${JSON.stringify(report.channel)}; the pull request is for ${JSON.stringify(baseBranch)}`,
  );
}

function withoutReport(run: WorkflowRunFacts, source: PreviewSource): CommentText {
  const { conclusion, id } = run;
  if (outcomeOf(run) === "success") {
    const reason = "The run succeeded and kept no preview.";
    return {
      body: noPreviewComment(reason, source),
      refusal: `run ${id} succeeded and kept no artifact ${PREVIEW_ARTIFACT}`,
    };
  }
  if (conclusion !== "cancelled") {
    return { body: noPreviewComment("The run failed before there was a preview.", source) };
  }
  // It says nothing about the commit, unlike a run that failed.
  const body = noPreviewComment("The run was cancelled before there was a preview.", source);
  return { body, keep: source.commit };
}
