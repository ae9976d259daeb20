import { Octokit } from "@octokit/core";
import { isLoopback } from "../../rules/loopback.ts";
import { parseRetryAfter } from "../../oci/retry.ts";
import { UserError } from "../../rules/problems.ts";

/** The workflow that builds and names a stack's images; a file of `.github/workflows/`. */
export const BUILD_WORKFLOW = "up.yml";

/** One run of {@link BUILD_WORKFLOW}. */
export interface ListedRun {
  readonly id: number;
  /** `push` */
  readonly event: string;
  /** `queued`, `in_progress`, `waiting` for a review, `completed`: GitHub's words. */
  readonly status: string;
  /** `success`, `failure`, `cancelled`; undefined while it is under way. */
  readonly conclusion: string | undefined;
  /** Its page. */
  readonly url: string;
}

/** Where GitHub's interface answers, and whose runs are asked for. */
export interface RunsPlace {
  /** `https://api.github.com` */
  readonly endpoint: string;
  /** Public repositories tell without one, if seldom. */
  readonly token: string | undefined;
  readonly owner: string;
  readonly repository: string;
}

/** Milliseconds until an answer of GitHub is no longer waited for. */
const TIMEOUT = 30_000;

/** A service could not be asked just now; it may answer when it is asked again. */
export class Trouble extends UserError {
  /** Milliseconds that it asked to wait. */
  readonly retryAfter: number | undefined;

  constructor(message: string, retryAfter?: number) {
    super(message);
    this.retryAfter = retryAfter;
  }
}

/** The runs of one repository that build its images. */
export class WorkflowRuns {
  readonly #octokit: Octokit;
  readonly #place: RunsPlace;

  /** @throws UserError when the endpoint is no URL that a token may be sent to */
  constructor(place: RunsPlace) {
    const { endpoint, token } = place;
    const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
    if (url?.protocol !== "https:" && !(url?.protocol === "http:" && isLoopback(url.hostname))) {
      throw new UserError(
        `GITHUB_API_URL: ${JSON.stringify(endpoint)} is no https URL; write e.g. https://api.github.com`,
      );
    }
    const silent = () => undefined;
    this.#place = place;
    this.#octokit = new Octokit({
      ...(token !== undefined && { auth: token }),
      baseUrl: endpoint.replace(/\/+$/, ""),
      userAgent: "slipway",
      log: { debug: silent, info: silent, warn: silent, error: silent },
    });
  }

  /**
   * The runs for a commit, newest first.
   * @throws Trouble when GitHub is down or wants to be left alone, UserError when it refuses
   * @see https://docs.github.com/rest/actions/workflow-runs#list-workflow-runs-for-a-workflow
   */
  async ofCommit(commit: string): Promise<readonly ListedRun[]> {
    const { owner, repository: repo } = this.#place;
    try {
      const { data } = await this.#octokit.request(
        "GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs",
        {
          ...{ owner, repo, workflow_id: BUILD_WORKFLOW, head_sha: commit, per_page: 100 },
          request: { signal: AbortSignal.timeout(TIMEOUT) },
        },
      );
      return data.workflow_runs.map(({ id, event, status, conclusion, html_url: url }) => ({
        ...{
          id: Number(id),
          event,
          status: status ?? "unknown",
          conclusion: conclusion ?? undefined,
          url,
        },
      }));
    } catch (error) {
      throw this.#faultOf(error);
    }
  }

  #faultOf(error: unknown): Error {
    const { owner, repository, endpoint, token } = this.#place;
    const where = `${owner}/${repository} at ${endpoint}: runs of ${BUILD_WORKFLOW}`;
    const { status, headers } = answerOf(error);
    const message = error instanceof Error ? error.message : String(error);
    if (status === undefined || status >= 500) {
      return new Trouble(`${where}: GitHub does not answer (${message})`);
    }
    const retryAfter = waitAsked(headers);
    if (status === 429 || (status === 403 && retryAfter !== undefined)) {
      const advice = token === undefined ? "; with a token in GITHUB_TOKEN it allows more" : "";
      return new Trouble(`${where}: GitHub limits how often it is asked${advice}`, retryAfter);
    }
    const advice =
      status === 404
        ? `there is no workflow ${BUILD_WORKFLOW} or no such repository, or the token may not see it`
        : `give GITHUB_TOKEN a token that may read actions of ${owner}/${repository}`;
    return new UserError(
      `${where}: HTTP ${status} (${message.split("\n", 1)[0] ?? ""}); ${advice}`,
    );
  }
}

type Headers = Readonly<Record<string, string | number | undefined>>;

function answerOf(error: unknown): { status?: number; headers: Headers } {
  if (!(error instanceof Error) || !("response" in error)) return { headers: {} };
  const { status, headers } = (error.response ?? {}) as { status?: number; headers?: Headers };
  return { ...(status !== undefined && { status }), headers: headers ?? {} };
}

/**
 * Milliseconds that GitHub asks to be left alone; undefined when it does not.
 * @see https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
 */
function waitAsked(headers: Headers): number | undefined {
  const now = Date.now();
  const after = headers["retry-after"];
  if (after !== undefined) return parseRetryAfter(String(after), now);
  if (String(headers["x-ratelimit-remaining"]) !== "0") return undefined;
  const reset = Number(headers["x-ratelimit-reset"]) * 1000;
  return Number.isNaN(reset) ? undefined : Math.max(0, reset - now);
}
