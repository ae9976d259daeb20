import { Octokit } from "@octokit/core";
import { retry } from "@octokit/plugin-retry";

const RetryingOctokit = Octokit.plugin(retry);
const API_VERSION = "2022-11-28";

/** Where GitHub is, and as whom to speak to it. */
export interface GithubAccess {
  /** User or organisation that owns the repositories. */
  readonly owner: string;
  readonly token: string;
  /** `https://api.github.com/`, or the root of a GitHub Enterprise server or an emulator, without `/api/v3`. */
  readonly baseUrl: string;
}

/** GitHub's REST interface with what every resource needs: the owner and the numbers of repositories. */
export class GithubClient {
  readonly owner: string;
  /** Where requests go: `https://api.github.com`, `http://127.0.0.1:PORT/api/v3`. */
  readonly endpoint: string;
  readonly octokit: Octokit;
  readonly #repositoryIds = new Map<string, Promise<number>>();

  constructor({ owner, token, baseUrl }: GithubAccess) {
    this.owner = owner;
    this.endpoint = apiRoot(baseUrl);
    this.octokit = new RetryingOctokit({
      auth: token,
      baseUrl: this.endpoint,
      userAgent: "slipway",
      request: { retries: 2 },
      // The default, and 409: a name that is taken stays taken.
      retry: { doNotRetry: [400, 401, 403, 404, 409, 410, 422, 451] },
    });
    this.octokit.hook.before("request", (options) => {
      options.headers["x-github-api-version"] = API_VERSION;
    });
  }

  /** The number that stays the same when a repository is renamed; asked once. */
  repositoryId(repository: string): Promise<number> {
    const known = this.#repositoryIds.get(repository);
    if (known !== undefined) return known;
    const asked = this.octokit
      .request("GET /repos/{owner}/{repo}", { owner: this.owner, repo: repository })
      .then(({ data }) => Number(data.id));
    this.#repositoryIds.set(repository, asked);
    asked.catch(() => this.#repositoryIds.delete(repository));
    return asked;
  }
}

/**
 * Everything but github.com itself serves its interface under `/api/v3`.
 * @see https://docs.github.com/en/enterprise-server/rest/quickstart
 */
function apiRoot(baseUrl: string): string {
  const url = new URL(baseUrl);
  if (url.hostname === "api.github.com") return url.origin;
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}/api/v3`;
}
