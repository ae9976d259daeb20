import { refProblem } from "../../rules/git-ref.ts";
import { type Channel, MAIN_BRANCH, type Scheme } from "../../rules/names.ts";
import { type Problem, ProblemsError, UserError } from "../../rules/problems.ts";
import { type Environment, type Publication, publication } from "../../rules/refs.ts";
import { PUBLISHING_ENVIRONMENT } from "../../rules/refs.ts";
import { eventProblem } from "../../rules/workflow-event.ts";
import { chooseStack, type RepositoryStack, stacksOfRepository } from "./stack-of-run.ts";

const REPOSITORY = /^[A-Za-z0-9-]{1,39}\/[\w.-]{1,100}$/;

/** The run of a workflow, as GitHub tells it in environment variables. */
export interface DecidedRun {
  /** `push` */
  readonly event: string;
  /** In full. */
  readonly ref: string;
  /** `owner/name` */
  readonly repository: string;
}

/** What a run does about one family. */
export interface FamilyDecision {
  readonly family: string;
  readonly publish: boolean;
  /** One sentence. */
  readonly reason: string;
}

/** What a run may do, before any registry is asked. */
export type RunDecision =
  | {
      readonly publish: true;
      readonly stack: string;
      readonly channel: Channel;
      readonly environment: Environment;
      /** Of the stack: all that it owns, a release line's images alone, or nothing for a ref that has no stack. */
      readonly apply: "foundation" | "images" | "nothing";
      readonly families: readonly FamilyDecision[];
    }
  | {
      readonly publish: false;
      /** Whether no stack is of the run's repository: none of its runs ever publishes. */
      readonly isStranger?: true;
      /** Why not, in one sentence. */
      readonly reason: string;
      readonly families: readonly FamilyDecision[];
    };

/**
 * The run that GitHub Actions tells of.
 * @throws ProblemsError that names every variable that is missing or malformed
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/variables#default-environment-variables
 */
export function decidedRun(environment: Readonly<Record<string, string | undefined>>): DecidedRun {
  const problems: Problem[] = [];
  const read = (
    name: string,
    example: string,
    problemOf: (value: string) => string | undefined,
  ): string => {
    const value = environment[name] ?? "";
    const message =
      value === ""
        ? `not set; GitHub Actions sets it, and elsewhere write e.g. ${name}=${example}`
        : problemOf(value);
    if (message !== undefined) problems.push({ path: name, message });
    return value;
  };
  const run = {
    event: read("GITHUB_EVENT_NAME", "push", eventProblem),
    ref: read("GITHUB_REF", "refs/heads/main", refProblem),
    repository: read("GITHUB_REPOSITORY", "pytorch/pytorch", repositoryProblem),
  };
  if (problems.length > 0) throw new ProblemsError("slipway workflows decide", problems);
  return run;
}

function repositoryProblem(value: string): string | undefined {
  if (REPOSITORY.test(value)) return undefined;
  return `${JSON.stringify(value)} is not owner/name; write e.g. pytorch/pytorch`;
}

/**
 * Whether a run publishes, of which stack, in which environment, and whether it applies the stack.
 * @param schemes by family
 * @throws UserError when a channel that the run publishes has no stack, or several
 */
export function decideRun(
  run: DecidedRun,
  stacks: readonly RepositoryStack[],
  schemes: ReadonlyMap<string, Scheme>,
): RunDecision {
  const own = stacksOfRepository(stacks, run.repository);
  if (own.length === 0) {
    const homes = [...new Set(stacks.map(({ repository }) => repository))].join(", ");
    const reason = `${JSON.stringify(run.repository)} is the repository of no stack (${homes}); forks and other repositories never publish`;
    return { publish: false, isStranger: true, reason, families: [] };
  }
  const judged = own.map((stack) => ({ stack, publications: publicationsOf(run, stack, schemes) }));
  const published = judged.flatMap(({ publications }) =>
    [...publications.values()].filter((one) => one.publish),
  );
  const [first] = published;
  if (first === undefined) {
    const all = new Map(judged.flatMap(({ publications }) => [...publications]));
    return {
      publish: false,
      reason: `${run.event} of ${run.ref} publishes nothing`,
      families: decisions(all),
    };
  }
  // A stage branch of one family and the channel of another at once: rules/refs.ts knows no such ref.
  if (published.some(({ environment }) => environment !== first.environment)) {
    throw new UserError(
      `${run.event} of ${run.ref} publishes in several environments, and a run enters one: give the families stacks of their own`,
    );
  }
  const channel = first.environment === PUBLISHING_ENVIRONMENT ? first.channel : MAIN_BRANCH;
  const name = chooseStack(own, { repository: run.repository, channel });
  const chosen = judged.find(({ stack }) => stack.name === name);
  if (chosen === undefined) throw new Error(`stack ${name} was chosen and is not there`);
  const { stack, publications } = chosen;
  const hasStack = [...publications.values()].some((one) => one.publish && one.hasStack);
  return {
    publish: true,
    stack: stack.name,
    channel: first.channel,
    environment: first.environment,
    apply: !hasStack ? "nothing" : stack.owns === "all" ? "foundation" : "images",
    families: decisions(publications),
  };
}

function publicationsOf(
  run: DecidedRun,
  { repository: home, families }: RepositoryStack,
  schemes: ReadonlyMap<string, Scheme>,
): ReadonlyMap<string, Publication> {
  return new Map(
    families.flatMap((family) => {
      const scheme = schemes.get(family);
      // A family that is not there is a fault of the stack's file, which is told when that is read.
      if (scheme === undefined) return [];
      const { event, ref, repository } = run;
      const headRepository = repository;
      return [
        [family, publication(scheme, { event, ref, repository, headRepository }, home)] as const,
      ];
    }),
  );
}

function decisions(publications: ReadonlyMap<string, Publication>): readonly FamilyDecision[] {
  return [...publications].map(([family, { publish, reason }]) => ({ family, publish, reason }));
}
