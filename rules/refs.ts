import { parseRef, refProblem } from "./git-ref.ts";
import { CANDIDATE, type Channel, MAIN_BRANCH, type Scheme } from "./names.ts";
import { eventProblem } from "./workflow-event.ts";

/** A pattern over branches or tags in the language of GitHub's deployment policies. */
export interface RefPattern {
  readonly kind: "branch" | "tag";
  /** Ruby's `File.fnmatch` with FNM_PATHNAME: `*` stops at `/`. */
  readonly pattern: string;
}

/** GitHub environments that publications run in. */
export type Environment = "docker-build" | "docker-stage";

/** The GitHub environment that holds the secrets of production, and that AWS trusts. */
export const PUBLISHING_ENVIRONMENT = "docker-build";

/** The GitHub environment in which a workflow applies a stack, behind reviewers; only main may enter. */
export const DEPLOY_ENVIRONMENT = "docker-deploy";

/** The GitHub environment in which a workflow looks for drift, every night and with no reviewer; only main may enter. */
export const DRIFT_ENVIRONMENT = "docker-drift";

/** The GitHub environment in which a workflow pushes what a pull request built, behind reviewers; only main may enter. */
export const CANDIDATE_ENVIRONMENT = "docker-candidate";

/** The GitHub environment in which a workflow proposes other pins, with no reviewer; only main may enter. */
export const PINS_ENVIRONMENT = "docker-pins";

/** What started a workflow, as GitHub tells it. */
export interface WorkflowRun {
  /** `github.event_name` */
  readonly event: string;
  /** `github.ref`, in full */
  readonly ref: string;
  /** `owner/name` of the repository that the workflow runs in. */
  readonly repository: string;
  /** `owner/name` of the repository that the code comes from: another one in a pull request from a fork. */
  readonly headRepository: string;
}

/** Whether a run publishes, where it may, and why. */
export type Publication =
  | {
      readonly publish: true;
      /** Whose floating names its content may have; of a release candidate, the release line that it belongs to. */
      readonly channel: Channel;
      readonly environment: Environment;
      /** Whether the ref itself is a channel with a stack; others build what is missing and write names by a command. */
      readonly hasStack: boolean;
      /** One sentence. */
      readonly reason: string;
    }
  | {
      readonly publish: false;
      readonly channel: null;
      readonly environment: null;
      /** One sentence. */
      readonly reason: string;
    };

/** Refs of one kind that publish alike; the one place where each language's pattern for them stands. */
interface RefRule {
  /** The refs in words, for reasons. */
  readonly refs: string;
  readonly kind: "branch" | "tag";
  /** Exactly these, by the name below `refs/heads/` or `refs/tags/`. */
  readonly name: RegExp;
  readonly events: readonly ("push" | "workflow_dispatch")[];
  /** The pattern of the environment's deployment policy: admits all of them, and others where fnmatch cannot tell. */
  readonly policy: string;
  /** The filter of the workflow's `push` trigger; absent where no push publishes. */
  readonly filter?: string;
  readonly environment: Environment;
  readonly channel: (name: string) => Channel;
  readonly hasStack: boolean;
  /** What such a run does, one sentence. */
  readonly reason: string;
}

const itself = (name: string): Channel => name;

/** Any branch, at any depth: `**` followed by a slash stands for no folder as well. */
const ANY_BRANCH = "**/*";

/**
 * The refs that publish, first match first. What a pattern language cannot say exactly is wider there and refused here:
 * `v*-rc*` in fnmatch, and main in {@link ANY_BRANCH}.
 */
const RULES: Readonly<Record<Scheme, readonly RefRule[]>> = {
  pytorch: [
    {
      refs: "main",
      kind: "branch",
      name: /^main$/,
      events: ["push"],
      policy: MAIN_BRANCH,
      filter: MAIN_BRANCH,
      environment: PUBLISHING_ENVIRONMENT,
      channel: itself,
      hasStack: true,
      reason: "main moves the plain names and records its commit",
    },
    {
      refs: "release/ and one more level",
      kind: "branch",
      name: /^release\/[^/]+$/,
      events: ["push"],
      policy: "release/*",
      filter: "release/*",
      environment: PUBLISHING_ENVIRONMENT,
      channel: itself,
      hasStack: true,
      reason: "a release line moves its own names and never main's",
    },
    {
      refs: "tags vX.Y.Z-rcN",
      kind: "tag",
      name: CANDIDATE,
      events: ["push"],
      policy: "v*-rc*",
      filter: "v[0-9]+.[0-9]+.[0-9]+-rc[0-9]+",
      environment: PUBLISHING_ENVIRONMENT,
      channel: (name) => `release/${CANDIDATE.exec(name)?.[1] ?? ""}`,
      hasStack: false,
      reason: "a release candidate records its tag and moves no floating name",
    },
  ],
  therock: [
    {
      refs: "main",
      kind: "branch",
      name: /^main$/,
      events: ["push", "workflow_dispatch"],
      policy: MAIN_BRANCH,
      filter: MAIN_BRANCH,
      environment: PUBLISHING_ENVIRONMENT,
      channel: itself,
      hasStack: true,
      reason: "main moves latest and main and records its commit",
    },
    {
      refs: "stage/docker/**",
      kind: "branch",
      name: /^stage\/docker\/.+$/s,
      events: ["push", "workflow_dispatch"],
      policy: ANY_BRANCH,
      filter: "stage/docker/**",
      environment: "docker-stage",
      channel: itself,
      hasStack: false,
      reason: "a stage branch moves its own names alone, without any secret of production",
    },
    {
      refs: "any other branch",
      kind: "branch",
      name: /^.+$/s,
      events: ["workflow_dispatch"],
      policy: ANY_BRANCH,
      environment: "docker-stage",
      channel: itself,
      hasStack: false,
      reason: "a dispatched branch moves its own names alone, without any secret of production",
    },
  ],
};

/**
 * Whether a workflow run publishes, in which channel and environment. The only place that decides it; patterns elsewhere
 * are derived from the same table and may admit more.
 * @param home `owner/name` of the repository that the stack belongs to; the case of letters means nothing, as on GitHub
 */
export function publication(scheme: Scheme, run: WorkflowRun, home: string): Publication {
  const problem = eventProblem(run.event) ?? refProblem(run.ref) ?? strangerProblem(run, home);
  if (problem !== undefined) return refused(problem);
  const rules = RULES[scheme];
  const { kind, name } = parseRef(run.ref);
  const rule = rules.find((one) => one.kind === kind && one.name.test(name));
  const event = rule?.events.find((one) => one === run.event);
  if (rule === undefined || event === undefined) return refused(whyNot(rules, run, rule));
  const { environment, channel, hasStack, reason } = rule;
  return { publish: true, channel: channel(name), environment, hasStack, reason };
}

function refused(reason: string): Publication {
  return { publish: false, channel: null, environment: null, reason };
}

function strangerProblem(
  { repository, headRepository }: WorkflowRun,
  home: string,
): string | undefined {
  const stranger = [repository, headRepository].find(
    (name) => name.toLowerCase() !== home.toLowerCase(),
  );
  if (stranger === undefined) return undefined;
  return `${JSON.stringify(stranger)} is not ${home}; forks and other repositories never publish`;
}

/** Why a run of the right repository does not publish, and what would. */
function whyNot(
  rules: readonly RefRule[],
  { event, ref }: WorkflowRun,
  rule: RefRule | undefined,
): string {
  const events = new Set<string>(rules.flatMap((one) => one.events));
  if (!events.has(event)) {
    return `${event} never publishes; ${[...events].join(" and ")} ${events.size === 1 ? "does" : "do"}`;
  }
  if (rule !== undefined) {
    return `${event} does not publish ${rule.refs}; ${rule.events.join(" and ")} ${rule.events.length === 1 ? "does" : "do"}`;
  }
  const published = rules.filter((one) => one.events.some((name) => name === event));
  return `${ref} is none of ${published.map(({ refs }) => refs).join(", ")}`;
}

/**
 * The refs that may enter each environment that families of some schemes publish in, each pattern once. They admit every
 * ref that publishes there.
 * @see https://docs.github.com/en/actions/how-tos/deploy/configure-and-manage-deployments/manage-environments
 */
export function deploymentPolicies(
  schemes: Iterable<Scheme>,
): ReadonlyMap<Environment, readonly RefPattern[]> {
  const policies = new Map<Environment, Map<string, RefPattern>>();
  for (const { kind, policy: pattern, environment } of rulesOf(schemes)) {
    const own = policies.get(environment) ?? new Map<string, RefPattern>();
    policies.set(environment, own.set(`${kind} ${pattern}`, { kind, pattern }));
  }
  return new Map([...policies].map(([environment, own]) => [environment, [...own.values()]]));
}

/** What starts a workflow that publishes, in GitHub's words. */
export interface WorkflowTriggers {
  /** Filter patterns: `*` stops at `/`, `**` does not, and `+` repeats what stands before it. */
  readonly push: { readonly branches: readonly string[]; readonly tags: readonly string[] };
  readonly workflow_dispatch: boolean;
}

/**
 * The triggers of a workflow that publishes families of some schemes.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
 */
export function workflowTriggers(schemes: Iterable<Scheme>): WorkflowTriggers {
  const rules = rulesOf(schemes);
  const filters = (kind: RefPattern["kind"]) => [
    ...new Set(rules.flatMap((rule) => (rule.kind === kind ? (rule.filter ?? []) : []))),
  ];
  return {
    push: { branches: filters("branch"), tags: filters("tag") },
    workflow_dispatch: rules.some(({ events }) => events.includes("workflow_dispatch")),
  };
}

function rulesOf(schemes: Iterable<Scheme>): readonly RefRule[] {
  return [...new Set(schemes)].flatMap((scheme) => RULES[scheme]);
}
