import { Octokit } from "@octokit/core";
import { retry } from "@octokit/plugin-retry";
import type { RepositoryNumbers } from "../rules/trust-subject-form.ts";
import { isHttpError } from "./faults.ts";
import { isShort, rateLimitWait } from "./rate-limit.ts";

const API_VERSION = "2022-11-28";
/** How often a request that fell on a broken server or a rate limit is sent again. */
const RETRIES = 2;

/**
 * Waits as long as GitHub says where a rate limit is met; the plugin for retries alone would not heed it. It has to be
 * loaded before that one, which then does the waiting.
 */
function heedRateLimits(octokit: Octokit): void {
  octokit.hook.error("request", (error) => {
    const seconds = isHttpError(error) ? rateLimitWait(error) : undefined;
    if (seconds === undefined || !isShort(seconds)) throw error;
    const { retry: retries } = octokit as Octokit & ReturnType<typeof retry>;
    throw retries.retryRequest(
      error as Parameters<typeof retries.retryRequest>[0],
      RETRIES,
      seconds,
    );
  });
}
const RetryingOctokit = Octokit.plugin(heedRateLimits, retry);

/** Where GitHub is, and as whom to speak to it. */
export interface GithubAccess {
  /** User or organisation that owns the repositories. */
  readonly owner: string;
  readonly token: string;
  /** `https://api.github.com/`, or the root of a GitHub Enterprise server or an emulator, with or without `/api/v3`. */
  readonly baseUrl: string;
  /** Milliseconds that each second of waiting takes before a request is sent again; 1000, and less in tests. */
  readonly waitedSecond?: number;
}

/** GitHub's REST interface with what every resource needs: the owner and the numbers of repositories. */
export class GithubClient {
  readonly owner: string;
  /** Where requests go: `https://api.github.com`, `http://127.0.0.1:PORT/api/v3`. */
  readonly endpoint: string;
  readonly octokit: Octokit;
  readonly #numbers = new Map<string, Promise<RepositoryNumbers>>();

  constructor({ owner, token, baseUrl, waitedSecond = 1000 }: GithubAccess) {
    this.owner = owner;
    this.endpoint = apiRoot(baseUrl);
    this.octokit = new RetryingOctokit({
      auth: token,
      baseUrl: this.endpoint,
      userAgent: "slipway",
      retry: {
        retries: RETRIES,
        retryAfterBaseValue: waitedSecond,
        // The default; 409, because a name that is taken stays taken; 429, which has its own wait.
        doNotRetry: [400, 401, 403, 404, 409, 410, 422, 429, 451],
      },
    });
    this.octokit.hook.before("request", (options) => {
      options.headers["x-github-api-version"] = API_VERSION;
    });
  }

  /** The numbers that stay the same when a repository or its owner is renamed; asked once. */
  repositoryNumbers(repository: string): Promise<RepositoryNumbers> {
    const known = this.#numbers.get(repository);
    if (known !== undefined) return known;
    const asked = this.octokit
      .request("GET /repos/{owner}/{repo}", { owner: this.owner, repo: repository })
      .then(({ data }) => ({ ownerId: Number(data.owner.id), repositoryId: Number(data.id) }));
    this.#numbers.set(repository, asked);
    asked.catch(() => this.#numbers.delete(repository));
    return asked;
  }

  async repositoryId(repository: string): Promise<number> {
    return (await this.repositoryNumbers(repository)).repositoryId;
  }
}

/**
 * Everything but github.com itself, and companies' parts of it, serves its interface under `/api/v3`. What workflows have in
 * `GITHUB_API_URL` holds that already.
 * @see https://docs.github.com/en/enterprise-server/rest/quickstart
 * @see https://docs.github.com/en/enterprise-cloud@latest/admin/data-residency/network-details-for-ghecom
 */
function apiRoot(baseUrl: string): string {
  const url = new URL(baseUrl);
  if (/^api\.(?:github|[^.]+\.ghe)\.com$/.test(url.hostname)) return url.origin;
  const path = url.pathname.replace(/\/+$/, "");
  return `${url.origin}${path.endsWith("/api/v3") ? path : `${path}/api/v3`}`;
}
