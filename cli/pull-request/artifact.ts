import type { GithubClient } from "../../github/client.ts";
import { type Artifact, artifactAddress } from "../../github/workflow-run.ts";
import { PREVIEW_FILE } from "../../rules/preview-artifacts.ts";
import {
  MAX_REPORT_BYTES,
  type PreviewReport,
  readPreviewReport,
} from "../../rules/preview-report.ts";
import { ProblemsError, UserError } from "../../rules/problems.ts";
import type { WorkflowRunFacts } from "../../rules/workflow-run-facts.ts";
import { onlyFileOf } from "./artifact-archive.ts";
import { download, tooLarge } from "./artifact-download.ts";

/** An archive of a file that does not get smaller has little more than the file. */
const MAX_ARCHIVE_BYTES = MAX_REPORT_BYTES + 65_536;

/**
 * The report that a run kept under a name; undefined when it kept none.
 * @param artifacts of the run
 * @throws UserError when there are several, or what is there is no report
 */
export async function reportOf(
  client: GithubClient,
  repository: string,
  run: Pick<WorkflowRunFacts, "attempt">,
  artifacts: readonly Artifact[],
  name: string,
): Promise<PreviewReport | undefined> {
  const artifact = artifactNamed(artifacts, name, run.attempt);
  if (artifact === undefined) return undefined;
  if (artifact.expired) {
    throw new UserError(`artifact ${name} expired; run the workflow of the pull request again`);
  }
  if (artifact.size > MAX_ARCHIVE_BYTES) throw tooLarge(MAX_ARCHIVE_BYTES);
  const address = await artifactAddress(client, repository, artifact.id);
  if (address === undefined) {
    throw new UserError(`artifact ${name} is gone; run the workflow of the pull request again`);
  }
  const archive = await download(address, MAX_ARCHIVE_BYTES);
  const read = readPreviewReport(await onlyFileOf(archive, PREVIEW_FILE, MAX_REPORT_BYTES));
  if ("problems" in read) {
    throw new ProblemsError(`artifact ${name}, ${PREVIEW_FILE}`, read.problems);
  }
  return read.report;
}

/**
 * The artifact of a name. GitHub keeps those of earlier attempts beside those of the last one, and takes no two of one name
 * in an attempt.
 * @see https://github.com/actions/toolkit/blob/main/packages/artifact/src/internal/shared/interfaces.ts
 */
export function artifactNamed(
  artifacts: readonly Artifact[],
  name: string,
  attempt: number,
): Artifact | undefined {
  const named = artifacts.filter((one) => one.name === name);
  if (named.length > attempt) {
    throw new UserError(
      `the run kept ${named.length} artifacts ${name} in ${attempt} ${attempt === 1 ? "attempt" : "attempts"}; it keeps one`,
    );
  }
  return named.reduce<Artifact | undefined>(
    (newest, one) => (newest === undefined || one.id > newest.id ? one : newest),
    undefined,
  );
}
