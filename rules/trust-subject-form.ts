import { z } from "zod";
import type { Problem } from "./problems.ts";
import type { SubjectForm, TrustedRepository } from "./trust-policy.ts";

/** How GitHub writes the subjects of a repository's tokens, as it says itself. */
export interface SubjectFacts {
  /** Whether the numbers of owner and repository are in it. */
  readonly immutable: boolean;
  /** Claims of a template that is not GitHub's own, none where it is the organisation's; null for GitHub's own. */
  readonly customised: readonly string[] | null;
  /** What subjects begin with, without a colon at its end: `repo:pytorch/pytorch`; null where GitHub does not say. */
  readonly prefix: string | null;
}

/** What GitHub knows a repository and its owner by, whatever they are called. */
export interface RepositoryNumbers {
  readonly ownerId: number;
  readonly repositoryId: number;
}

const Answer = z.object({
  use_default: z.boolean(),
  include_claim_keys: z.array(z.string()).nullish(),
  use_immutable_subject: z.boolean().nullish(),
  sub_claim_prefix: z.string().nullish(),
});

/** The claims of GitHub's own template: a customised one of these is no other. */
const OWN_TEMPLATE = ["repo", "context"];
const PREFIX = /^repo:([^/@:]+)(?:@([0-9]+))?\/([^/@:]+)(?:@([0-9]+))?$/;

/**
 * Reads what GitHub answers to `GET /repos/OWNER/REPOSITORY/actions/oidc/customization/sub`.
 *
 * The prefix counts where it is told: GitHub has been seen to say `use_immutable_subject: false` beside a prefix with
 * numbers, and to write those into the tokens. Servers that know neither field write names.
 * @returns undefined for what is no such answer
 * @see https://docs.github.com/en/rest/actions/oidc#get-the-customization-template-for-an-oidc-subject-claim-for-a-repository
 * @see https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims
 */
export function readSubjectFacts(answer: unknown): SubjectFacts | undefined {
  const read = Answer.safeParse(answer);
  if (!read.success) return undefined;
  const { use_default, include_claim_keys, use_immutable_subject, sub_claim_prefix } = read.data;
  const prefix = sub_claim_prefix === "" ? null : (sub_claim_prefix ?? null);
  const [, , ownerId] = PREFIX.exec(prefix ?? "") ?? [];
  const keys = include_claim_keys ?? [];
  const isOwn = use_default || keys.join() === OWN_TEMPLATE.join();
  return {
    immutable: prefix === null ? use_immutable_subject === true : ownerId !== undefined,
    customised: isOwn ? null : keys,
    prefix,
  };
}

/** The form that a repository's subjects have. */
export function formOf({ immutable }: SubjectFacts): Exclude<SubjectForm, "both"> {
  return immutable ? "immutable" : "name";
}

/**
 * Why no token of the repository would be trusted, by what GitHub says of its subjects: another form than the stack's, other
 * names or numbers, a template that is not GitHub's own. Undefined where tokens match.
 */
export function subjectFormProblem(
  facts: SubjectFacts,
  repository: TrustedRepository,
): Problem | undefined {
  const path = "slipway:subjectForm";
  const { owner, name, subjectForm } = repository;
  if (facts.customised !== null) {
    const keys = facts.customised.length === 0 ? "the organisation's" : facts.customised.join(", ");
    return {
      path,
      message: `${owner}/${name} has a template of its own for subjects (${keys}), which no trust of a stack matches; go back to GitHub's: gh api --method PUT repos/${owner}/${name}/actions/oidc/customization/sub -F use_default=true`,
    };
  }
  const form = formOf(facts);
  if (subjectForm !== "both" && subjectForm !== form) {
    return {
      path,
      message: `${subjectForm}, but GitHub writes the form ${form}${facts.prefix === null ? "" : ` (${facts.prefix}:...)`}, so that no token would be trusted; write ${form}`,
    };
  }
  const expected = expectedPrefix(form, repository);
  if ([undefined, facts.prefix].includes(expected) || facts.prefix === null) return undefined;
  return {
    path: "slipway:repository",
    message: `GitHub's subjects begin with ${facts.prefix}:, and the stack trusts ${expected}:; write the owner, the repository and their numbers as GitHub has them`,
  };
}

/**
 * Why no token of the repository would be trusted where a stack has other numbers than GitHub: trusts ask for the
 * repository's in every form of the subject.
 */
export function numbersProblem(
  numbers: RepositoryNumbers,
  { owner, name, ownerId, repositoryId }: TrustedRepository,
): Problem | undefined {
  const same = (written: number | undefined, found: number) =>
    written === undefined || written === found;
  if (same(ownerId, numbers.ownerId) && same(repositoryId, numbers.repositoryId)) return undefined;
  return {
    path: "slipway:repositoryId",
    message: `${owner}/${name} has the number ${numbers.repositoryId} on GitHub and its owner ${numbers.ownerId}, and the stack has ${repositoryId ?? "none"} and ${ownerId ?? "none"}, so that no token would be trusted; write GitHub's`,
  };
}

/** What the subjects that a stack trusts begin with; undefined where it does not know the numbers. */
function expectedPrefix(
  form: Exclude<SubjectForm, "both">,
  { owner, name, ownerId, repositoryId }: TrustedRepository,
): string | undefined {
  if (form === "name") return `repo:${owner}/${name}`;
  if (ownerId === undefined || repositoryId === undefined) return undefined;
  return `repo:${owner}@${ownerId}/${name}@${repositoryId}`;
}
