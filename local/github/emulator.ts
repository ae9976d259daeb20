import { dirname, join } from "node:path";
import fastify from "fastify";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { accountHandlers } from "./accounts.ts";
import { Api, errorAnswer } from "./api.ts";
import { appHandlers } from "./apps.ts";
import { ArtifactFiles, artifactHandlers } from "./artifacts.ts";
import { callerOf, type Caller } from "./callers.ts";
import { checkRunHandlers } from "./check-runs.ts";
import { commitPullHandlers } from "./commit-pulls.ts";
import { commitStatusHandlers } from "./commit-statuses.ts";
import { contentHandlers } from "./contents.ts";
import { deploymentPolicyHandlers } from "./deployment-policies.ts";
import { environmentHandlers } from "./environments.ts";
import { gitDataHandlers } from "./git-data.ts";
import { gitRefHandlers } from "./git-refs.ts";
import { GitRepositories } from "./git-repositories.ts";
import { GithubError } from "./github-error.ts";
import { issueCommentHandlers } from "./issue-comments.ts";
import { issueHandlers } from "./issues.ts";
import { addMachinery } from "./machinery.ts";
import { oidcSubjectHandlers } from "./oidc-subject.ts";
import { pullRequestWriteHandlers } from "./pull-request-writes.ts";
import { pullRequestHandlers } from "./pull-requests.ts";
import { ensureRepositories, repositoryHandlers } from "./repositories.ts";
import type { RepositoryName } from "./repositories.ts";
import { environmentAt, logRequest, type LoggedEnvironment } from "./request-log.ts";
import { rulesetHandlers } from "./rulesets.ts";
import { secretHandlers } from "./secrets.ts";
import { Store } from "./store.ts";
import { teamHandlers } from "./teams.ts";
import { variableHandlers } from "./variables.ts";
import { workflowRunHandlers } from "./workflow-runs.ts";

export interface EmulatorOptions {
  /** JSON; made if absent. Holds the private keys of the emulator and sealed values. */
  readonly stateFile: string;
  /** JSON lines: time, method, path and status of every request, and of the environment that it is about. */
  readonly logFile: string;
  /** The token that is accepted from the beginning, as `Authorization: Bearer ...` or `token ...`. */
  readonly token: string;
  /** Login of the one organization that exists. */
  readonly organization: string;
  readonly repositories: readonly RepositoryName[];
}

/** Answered without a token, for health checks. */
export const HEALTH_PATH = "/_health";

/** Bytes of a request's JSON. */
const LARGEST_BODY = 16 * 1024 * 1024;

/**
 * An emulator of that part of GitHub's REST API which the stack and the Pulumi and Terraform providers for GitHub
 * use: look-up of accounts, teams and repositories, environments with their protection rules, deployment branch and tag
 * policies, secrets and variables of environments and repositories, rulesets, the OIDC subject of the organization and
 * its repositories, runs of workflows and what they kept, pull requests up to their merge, issues, comments, GitHub Apps, check
 * runs and statuses of commits, files, git's refs, tags and objects, which git itself keeps (git-repositories.ts). What no request of GitHub's API makes is put there (machinery.ts). Every request and answer is checked against GitHub's own description (api.json, gaps.ts). Paths may begin with
 * `/api/v3`, as on GitHub Enterprise Server. Beside its own tests, the resources of the Terraform provider for
 * GitHub (sources of August 2026, both of its clients) were run against it: made, changed, read back with no
 * difference, and destroyed.
 *
 * What GitHub does and this does not:
 * - Anything else of the API, GraphQL included: 501, which says so, where GitHub may have an answer.
 * - Reads without a token, scopes, rate limits, plans. A token that was given permissions, as those of installations and of
 *   jobs, is refused what they do not admit (permissions.ts); every other one may do everything. What a token was given and
 *   who acts with it stand in the request log; tokens of installations expire.
 * - Accounts: only the organization, three of its teams, the owners of repositories and three users exist (accounts.ts,
 *   teams.ts), without members. Nobody comes or goes.
 * - Ids of accounts and repositories are derived from the name and are not GitHub's.
 * - Limits on numbers and sizes (100 secrets and 48 KB a value, for example), and the audit log.
 * - Eventual consistency: here a write is visible at once. ETags and 304.
 * - Effects: nothing deploys or runs, rulesets hold nobody back, no workflow reads a secret or variable, no OIDC token is issued.
 * - The filters `actor`, `created` and `check_suite_id` of runs: they are taken and change nothing.
 *
 * What it does otherwise:
 * - An unknown query parameter, or a `per_page` that is no number, is a 422, where GitHub is lenient.
 * - Two changes of a secret or variable within one second get two different `updated_at`.
 * - The words of some refusals are not documented and were not seen anywhere: a name of an environment that is
 *   too long, a policy renamed to a pattern that exists, names of variables (taken from those of secrets).
 * - Unverified: leaving `custom_branch_policies` deletes the policies here; a reviewer that does not exist is left out
 *   like one without access; a ruleset's `Integration` may be any, and a push ruleset's patterns are those of tags.
 *
 * @throws UserError when the state file is there but cannot be used.
 */
export async function createGithubEmulator(options: EmulatorOptions): Promise<FastifyInstance> {
  const { organization } = options;
  if (options.token === "") throw new Error("The GitHub emulator needs a token");
  const store = new Store(options.stateFile);
  ensureRepositories(store, organization, options.repositories);
  const files = new ArtifactFiles(store, join(dirname(options.stateFile), "artifacts"));
  const git = new GitRepositories(store, join(dirname(options.stateFile), "git"));
  const api = await Api.create({
    ...accountHandlers(organization, store),
    ...teamHandlers(organization, store),
    ...oidcSubjectHandlers(organization, store),
    ...repositoryHandlers(organization, store),
    ...rulesetHandlers(organization, store),
    ...environmentHandlers(organization, store),
    ...deploymentPolicyHandlers(store),
    ...secretHandlers(store),
    ...variableHandlers(store),
    ...workflowRunHandlers(organization, store),
    ...artifactHandlers(store, files),
    ...pullRequestHandlers(organization, store),
    ...issueHandlers(organization, store),
    ...issueCommentHandlers(organization, store),
    ...appHandlers(organization, store),
    ...gitRefHandlers(store, git),
    ...gitDataHandlers(store, git),
    ...contentHandlers(store, git),
    ...pullRequestWriteHandlers(organization, store, git),
    ...commitPullHandlers(organization, store, git),
    ...checkRunHandlers(organization, store, git),
    ...commitStatusHandlers(organization, store, git),
  });

  const app = fastify({
    exposeHeadRoutes: false,
    bodyLimit: LARGEST_BODY,
    frameworkErrors: (error, _request, reply) => sendError(reply, error, 400),
  });
  app.removeAllContentTypeParsers();
  // GitHub reads JSON whatever the content type says: curl -d announces a form.
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, text, done) => {
    try {
      done(null, parseBody(String(text)));
    } catch (error) {
      done(error as Error);
    }
  });
  app.setErrorHandler((error: FastifyError | GithubError, request, reply) => {
    const status = error instanceof GithubError ? error.status : (error.statusCode ?? 500);
    if (status >= 500) console.error(`${request.method} ${request.url}: ${error.stack ?? ""}`);
    sendError(reply, error, status);
  });
  // Taken while the request is handled: until its answer is sent another one may have changed the environment.
  const environments = new WeakMap<FastifyRequest, LoggedEnvironment>();
  const callers = new WeakMap<FastifyRequest, Caller>();
  app.addHook("onSend", async (request, reply) => {
    const { prefix, path } = splitUrl(request.url);
    if (path === HEALTH_PATH) return;
    const { method } = request;
    const environment = environments.get(request);
    const { statusCode: status } = reply;
    const caller = callers.get(request);
    logRequest(options.logFile, {
      method,
      path: `${prefix}${path}`,
      status,
      ...(caller && { login: caller.login, permissions: caller.permissions }),
      ...(environment && { environment }),
    });
  });

  const identify = (request: FastifyRequest): Caller => {
    const caller = callerOf(store.state, request.headers.authorization, options.token);
    callers.set(request, caller);
    return caller;
  };
  app.get(HEALTH_PATH, () => ({ status: "ok" }));
  const onRequest = async (request: FastifyRequest): Promise<void> => void identify(request);
  await addMachinery(app, { organization, store, files, git, onRequest });
  app.all("/*", {
    onRequest,
    handler: (request, reply) => {
      const { prefix, path, search } = splitUrl(request.url);
      const { status, headers, body } = api.answer({
        method: request.method,
        root: `${request.protocol}://${request.host}${prefix}`,
        path,
        search,
        body: request.body,
        caller: callers.get(request) ?? identify(request),
      });
      const environment = environmentAt(store.state, path);
      if (environment) environments.set(request, environment);
      return reply
        .status(status)
        .headers(headers ?? {})
        .send(body);
    },
  });
  return app;
}

/** What comes before the path proper on GitHub Enterprise Server, and in the Terraform provider with a `base_url`. */
const ENTERPRISE_PREFIX = "/api/v3";

function splitUrl(url: string): { prefix: string; path: string; search: string } {
  const [whole = "/", ...rest] = url.split("?");
  const prefix = whole.startsWith(`${ENTERPRISE_PREFIX}/`) ? ENTERPRISE_PREFIX : "";
  return { prefix, path: whole.slice(prefix.length), search: rest.join("?") };
}

function sendError(reply: FastifyReply, error: Error, status: number): void {
  void reply.status(status).send(errorAnswer(new GithubError(status, error.message)).body);
}

/** @throws GithubError 400 in GitHub's words */
function parseBody(text: string): unknown {
  if (text === "") return undefined;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new GithubError(400, "Problems parsing JSON");
  }
  if (typeof body !== "object" || Array.isArray(body)) {
    throw new GithubError(400, "Body should be a JSON object");
  }
  return body;
}
