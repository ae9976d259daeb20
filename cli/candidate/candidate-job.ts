import { runInvocation } from "../../rules/pins/provenance.ts";
import { ProblemsError } from "../../rules/problems.ts";
import { runOnGithub, type RunOnGithub } from "../drift/run-github.ts";

/** The job of candidate.yml that this process is in. */
export interface CandidateJob extends RunOnGithub {
  /** `OWNER/NAME`, in GitHub's own letters. */
  readonly fullName: string;
  /** The attempt of its run, as certificates name it. */
  readonly run: string;
}

/** @throws ProblemsError that lists every variable that is missing or wrong */
export function candidateJob(
  environment: Readonly<Record<string, string | undefined>>,
): CandidateJob {
  const found = runOnGithub(environment, "that may write checks");
  const attempt = environment["GITHUB_RUN_ATTEMPT"] ?? "";
  if (!/^[1-9]\d{0,5}$/.test(attempt)) {
    const message = `${JSON.stringify(attempt)} is not the number of an attempt; GitHub Actions sets it`;
    throw new ProblemsError("environment", [{ path: "GITHUB_RUN_ATTEMPT", message }]);
  }
  const fullName = `${found.github.owner}/${found.repository}`;
  const run = runInvocation(fullName, Number(environment["GITHUB_RUN_ID"]), Number(attempt));
  return { ...found, fullName, run };
}
