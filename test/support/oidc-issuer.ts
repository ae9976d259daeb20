import type { RequestListener } from "node:http";
import { join } from "node:path";
import { jobToken, type JobClaims } from "../../local/sigstore/job-token.ts";
import { readKeys, type KeyPair } from "../../local/sigstore/keys.ts";
import type { LocalCloud } from "../../rules/local-cloud.ts";

/** A job whose claims follow from few facts, as GitHub fills them in. */
export interface IssuedJob {
  /** `OWNER/NAME` */
  readonly repository: string;
  readonly repositoryId: number;
  readonly ownerId: number;
  /** File name of the workflow: `candidate.yml`. */
  readonly workflow: string;
  /** Of the workflow: `refs/heads/main`. */
  readonly ref: string;
  /** Commit of the ref. */
  readonly sha: string;
  readonly event: string;
  readonly run: number;
  readonly attempt?: number;
  readonly environment?: string;
}

/** What GitHub says of a job in its token. */
export function claimsOf(job: IssuedJob): JobClaims {
  const { repository, repositoryId, ownerId, workflow, ref, sha, event, run, environment } = job;
  const workflowRef = `${repository}/.github/workflows/${workflow}@${ref}`;
  const [owner = ""] = repository.split("/");
  return {
    sub:
      environment === undefined
        ? `repo:${repository}:ref:${ref}`
        : `repo:${repository}:environment:${environment}`,
    job_workflow_ref: workflowRef,
    job_workflow_sha: sha,
    workflow_ref: workflowRef,
    workflow_sha: sha,
    workflow: workflow.replace(/\.yml$/, ""),
    repository,
    repository_id: String(repositoryId),
    repository_owner: owner,
    repository_owner_id: String(ownerId),
    repository_visibility: "public",
    ref,
    sha,
    event_name: event,
    run_id: String(run),
    run_attempt: String(job.attempt ?? 1),
    runner_environment: "github-hosted",
    ...(environment !== undefined && { environment }),
  };
}

/** The key that the Fulcio of a local cloud takes tokens of. */
export async function issuerOf(cloud: Pick<LocalCloud, "folder">): Promise<OidcIssuer> {
  return new OidcIssuer((await readKeys(join(cloud.folder, "sigstore"))).issuer);
}

/**
 * What gives jobs their tokens in the place of GitHub. A job finds it by `ACTIONS_ID_TOKEN_REQUEST_URL`, an address that has a
 * query already as GitHub's has, and shows `ACTIONS_ID_TOKEN_REQUEST_TOKEN` as bearer.
 */
export class OidcIssuer {
  readonly #key: KeyPair;

  constructor(key: KeyPair) {
    this.#key = key;
  }

  token(job: IssuedJob | JobClaims, audience?: string): string {
    const claims = "sub" in job ? job : claimsOf(job);
    return jobToken(claims, this.#key.privateKey, audience === undefined ? {} : { audience });
  }

  /**
   * Answers `GET URL&audience=AUDIENCE` with `{ "value": TOKEN }`, and who does not show the token of the request with 401.
   * @see https://docs.github.com/en/actions/reference/security/oidc#methods-for-requesting-the-oidc-token
   */
  handler(job: IssuedJob | JobClaims, requestToken: string): RequestListener {
    return (request, response) => {
      const { searchParams } = new URL(request.url ?? "/", "http://localhost");
      const allowed = request.headers.authorization === `Bearer ${requestToken}`;
      const audience = searchParams.get("audience") ?? "";
      response.writeHead(allowed ? 200 : 401, { "content-type": "application/json" });
      response.end(JSON.stringify(allowed ? { value: this.token(job, audience) } : {}));
    };
  }
}
