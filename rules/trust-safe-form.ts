import type { IamPolicy } from "./iam-document.ts";
import { type PolicyDocument, policyDocument } from "./policy-document.ts";
import {
  boundsOf,
  githubProviderIn,
  isSame,
  type NamedRepository,
  readRepository,
  repositoryIn,
} from "./trust-bounds.ts";
import { GITHUB_ISSUER, type Grant, trustPolicy } from "./trust-policy.ts";
import { parseSubject } from "./trust-subject.ts";

/** Stands in a safe form for what the policy does not name; words in capitals are to be replaced. */
const NOBODY: NamedRepository = { owner: "OWNER", name: "REPOSITORY" };

/**
 * A policy that trusts what another one names, and nothing else: its repositories, environments, branches and tags.
 * What it leaves open stands in capitals.
 * @param named the repositories that are meant, in place of those that the policy names
 */
export function safeForm(policy: IamPolicy, named: readonly NamedRepository[]): PolicyDocument {
  const texts = (claim: string) =>
    policy.statements
      .filter(({ effect }) => effect === "Allow")
      .flatMap((statement) => boundsOf(statement, claim, policy).flat());
  const subjects = texts("sub");
  const found = [
    ...subjects.flatMap(({ text }) => repositoryIn(text) ?? []),
    ...texts("repository").flatMap(({ open, text }) => (open ? [] : (readRepository(text) ?? []))),
  ];
  const repositories = distinct(named.length > 0 ? named : found.length > 0 ? found : [NOBODY]);
  const jobs = subjects.flatMap(({ text }) => parseSubject(text)?.job ?? []);
  const grants: readonly Grant[] = [
    ...jobs.flatMap((job): Grant[] => {
      if (!("name" in job) || (job.kind !== "tag" && /[*?]/.test(job.name))) return [];
      if (/^[*?]|\$\{/.test(job.name)) return [];
      if (job.kind === "environment") return [{ environment: job.name }];
      return [job.kind === "branch" ? { branch: job.name } : { tag: job.name }];
    }),
    ...texts("environment").flatMap(({ open, text }) => (open ? [] : [{ environment: text }])),
  ];
  const distinctGrants = [...new Map(grants.map((one) => [JSON.stringify(one), one])).values()];
  const ids = texts("repository_id").filter(({ text }) => /^[1-9][0-9]*$/.test(text));
  const [onlyId] = repositories.length === 1 && ids.length === 1 ? ids : [];
  const provider =
    githubProviderIn(policy) ?? `arn:aws:iam::ACCOUNT:oidc-provider/${GITHUB_ISSUER}`;
  return policyDocument(
    repositories.flatMap(({ owner, name, ids: numbers }) => {
      const repository = {
        owner,
        name,
        ...(numbers !== undefined && {
          ownerId: Number(numbers.owner),
          repositoryId: Number(numbers.repository),
        }),
        ...(onlyId !== undefined && { repositoryId: Number(onlyId.text) }),
        subjectForm: numbers === undefined ? ("name" as const) : ("immutable" as const),
      };
      const wanted = distinctGrants.length > 0 ? distinctGrants : [{ environment: "ENVIRONMENT" }];
      return trustPolicy(provider, { repository, grants: wanted }).Statement;
    }),
  );
}

function distinct(repositories: readonly NamedRepository[]): readonly NamedRepository[] {
  return repositories.filter(
    (one, index) => repositories.findIndex((other) => isSame(one, other)) === index,
  );
}
