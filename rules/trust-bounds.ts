import type { IamCondition, IamPolicy, IamStatement } from "./iam-document.ts";
import { hasVariable, hasWildcard } from "./iam-pattern.ts";
import { GITHUB_ISSUER } from "./trust-policy.ts";

/** A repository, by the names and, where they are told, the numbers of it and its owner. */
export interface NamedRepository {
  readonly owner: string;
  readonly name: string;
  readonly ids?: { readonly owner: string; readonly repository: string };
}

/** One value that a claim may have by a condition that a token without the claim fails. */
export interface Bound {
  readonly text: string;
  /** Whether `*`, `?` or a variable in it stands for something else. */
  readonly open: boolean;
  readonly ignoresCase: boolean;
}

const GITHUB_PROVIDER = new RegExp(
  `^arn:aws[a-z-]*:iam::\\d{12}:oidc-provider/${GITHUB_ISSUER.replaceAll(".", "\\.")}$`,
);

/** Whether a principal is an account's OIDC provider for GitHub. */
export function isGithubProvider(arn: string): boolean {
  return GITHUB_PROVIDER.test(arn);
}

/** ARN of GitHub's provider in a policy. */
export function githubProviderIn({ statements }: IamPolicy): string | undefined {
  return statements
    .flatMap(({ principals }) => principals)
    .find(({ kind, value }) => kind === "Federated" && isGithubProvider(value))?.value;
}

/** Claim that a condition is about; undefined for another key. */
export function claimOf({ key }: IamCondition): string | undefined {
  const prefix = `${GITHUB_ISSUER}:`;
  return key.toLowerCase().startsWith(prefix) ? key.slice(prefix.length).toLowerCase() : undefined;
}

/** Operators that hold for the values they name and no other, as texts. */
const BINDING: readonly string[] = ["StringEquals", "StringEqualsIgnoreCase", "StringLike"];

/** Whether a condition fails for a token without the claim, and for every value but its own. */
export function isBinding({ operator }: IamCondition): boolean {
  const { name, set, ifExists } = operator;
  return BINDING.includes(name) && set !== "ForAllValues" && !ifExists;
}

/** What a statement binds a claim to: for each binding condition on it, the values that a token may have. */
export function boundsOf(
  { conditions }: IamStatement,
  claim: string,
  { variables }: IamPolicy,
): readonly (readonly Bound[])[] {
  return conditions
    .filter((condition) => claimOf(condition) === claim && isBinding(condition))
    .map(({ operator, values }) => {
      const isLike = operator.name === "StringLike";
      return (
        values
          // No claim of GitHub's holds an asterisk or a question mark of its own.
          .filter((text) => isLike || !hasWildcard(text))
          .map((text) => ({
            text,
            open: (isLike && hasWildcard(text)) || (variables && hasVariable(text)),
            ignoresCase: operator.name === "StringEqualsIgnoreCase",
          }))
      );
    });
}

const REPOSITORY = /^repo:([^*?:/$]+)\/([^*?:/$]+):/;
const NAMED_JOB =
  /(?:^|:)(?:environment:[^*?:$]+|ref:refs\/(?:heads|tags)\/[^*?:$]+(?:[*?][^:]*)?)$/;
/** Of a subject whose repository is open, what can only be its end. */
const NAMED_END = /:(?:environment:[^*?:$]+|ref:refs\/(?:heads|tags)\/[^*?:$]+)$/;
const NAMED_REF = /^refs\/(?:heads|tags)\/[^*?$]/;

/** The repository that a subject names for certain, whatever its wildcards stand for. */
export function repositoryIn(subject: string): NamedRepository | undefined {
  const [, owner, name] = REPOSITORY.exec(subject) ?? [];
  if (owner === undefined || name === undefined) return undefined;
  const [ownerName = "", ownerId] = owner.split("@");
  const [repositoryName = "", repositoryId] = name.split("@");
  return {
    owner: ownerName,
    name: repositoryName,
    ...(ownerId !== undefined &&
      repositoryId !== undefined && { ids: { owner: ownerId, repository: repositoryId } }),
  };
}

/** Whether a subject stands for one environment, or for branches or tags that begin with something. */
export function namesJob(subject: string): boolean {
  const head = REPOSITORY.exec(subject)?.[0];
  if (head === undefined) return NAMED_END.test(subject);
  return NAMED_JOB.test(subject.slice(head.length)) && !subject.slice(head.length).startsWith(":");
}

/** Whether a ref is one, or all branches or tags that begin with something. */
export function namesRef(ref: string): boolean {
  return NAMED_REF.test(ref);
}

/** `owner/name` as a repository; undefined for any other text. */
export function readRepository(text: string): NamedRepository | undefined {
  return repositoryIn(`repo:${text}:`);
}

/** Whether two are the same repository; the case of letters means nothing in names. */
export function isSame(one: NamedRepository, other: NamedRepository): boolean {
  const names = ({ owner, name }: NamedRepository) => `${owner}/${name}`.toLowerCase();
  if (names(one) !== names(other)) return false;
  if (one.ids === undefined || other.ids === undefined) return true;
  return one.ids.owner === other.ids.owner && one.ids.repository === other.ids.repository;
}
