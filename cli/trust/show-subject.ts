import { subjectFacts } from "../../github/subject-facts.ts";
import type { Configuration } from "../../rules/configuration.ts";
import type { TrustedRepository } from "../../rules/trust-policy.ts";
import {
  formOf,
  numbersProblem,
  type RepositoryNumbers,
  type SubjectFacts,
  subjectFormProblem,
} from "../../rules/trust-subject-form.ts";
import { trustedRepository } from "../../rules/trusted-repository.ts";
import { explaining, githubOf } from "../github-access.ts";
import { subjectText } from "../print/trust-subject.ts";
import { writeEntries } from "../stack-file.ts";
import { stackConfiguration } from "../stack-configuration.ts";

export interface SubjectOptions {
  readonly stack: string;
  readonly write: boolean;
  readonly json: boolean;
}

/** What GitHub says of a repository's subjects, beside what a stack trusts. */
export interface SubjectComparison {
  readonly stack: string;
  /** What the stack's file says now. */
  readonly repository: TrustedRepository;
  readonly facts: SubjectFacts;
  /** Why tokens would not be trusted; null where they are. */
  readonly problem: string | null;
  /** What the stack's file should say, by full key; empty where it does, or where GitHub's answer is at fault. */
  readonly write: Readonly<Record<string, string | number>>;
}

/**
 * Asks GitHub which form of subject a repository's tokens have, and compares it with the stack's.
 * @returns the exit code: 1 when no token would be trusted
 */
export async function showSubject({ stack, write, json }: SubjectOptions): Promise<number> {
  const { configuration } = await stackConfiguration(stack);
  const say = json ? () => undefined : (line: string) => console.error(line);
  const { facts, numbers } = await askGithub(configuration, say);
  const found = compare(stack, trustedRepository(configuration), facts, numbers);
  const mends = write && Object.keys(found.write).length > 0;
  if (mends) {
    const entries = Object.entries(found.write).map(([key, value]) => {
      return { path: [key] as const, value };
    });
    await writeEntries(stack, entries, say);
  }
  if (json) console.log(JSON.stringify(asJson(found, mends), undefined, 2));
  else console.log(subjectText(found, mends));
  return found.problem === null || mends ? 0 : 1;
}

/** What GitHub's answer means for a stack. */
export function compare(
  stack: string,
  repository: TrustedRepository,
  facts: SubjectFacts,
  numbers: RepositoryNumbers,
): SubjectComparison {
  const problem = subjectFormProblem(facts, repository) ?? numbersProblem(numbers, repository);
  return {
    stack,
    repository,
    facts,
    problem: problem?.message ?? null,
    write:
      problem === undefined || problem.path === "slipway:repository"
        ? {}
        : valuesFor(facts, numbers),
  };
}

/** The configuration that trusts what GitHub writes; nothing, where a template would have to go. */
function valuesFor(
  facts: SubjectFacts,
  { ownerId, repositoryId }: RepositoryNumbers,
): Readonly<Record<string, string | number>> {
  if (facts.customised !== null) return {};
  return {
    "slipway:subjectForm": formOf(facts),
    "slipway:ownerId": ownerId,
    "slipway:repositoryId": repositoryId,
  };
}

async function askGithub(
  configuration: Configuration,
  say: (line: string) => void,
): Promise<{ readonly facts: SubjectFacts; readonly numbers: RepositoryNumbers }> {
  const { owner, repository: repo } = configuration;
  const client = await githubOf(configuration, "subjects");
  say(`asking ${new URL(client.endpoint).host} how it writes subjects of ${owner}/${repo}`);
  return explaining("to read Actions", async () => ({
    facts: await subjectFacts(client, repo),
    numbers: await client.repositoryNumbers(repo),
  }));
}

function asJson({ stack, repository, facts, problem, write }: SubjectComparison, written: boolean) {
  const { immutable, customised, prefix } = facts;
  return {
    stack,
    matches: problem === null,
    trusted: repository.subjectForm,
    github: { form: formOf({ immutable, customised, prefix }), prefix, customised },
    problem,
    write,
    written,
  };
}
