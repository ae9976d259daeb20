import type { IamPolicy, IamStatement } from "./iam-document.ts";
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
import { parseSubject, type SubjectJob } from "./trust-subject.ts";

/** Stands in a safe form for what the policy does not name; words in capitals are to be replaced. */
const NOBODY: NamedRepository = { owner: "OWNER", name: "REPOSITORY" };

/**
 * A policy that trusts what another one names, and nothing else: its repositories, environments, branches and tags.
 * What it leaves open stands in capitals.
 * @param named the repositories that are meant, in place of those that the policy names
 */
export function safeForm(policy: IamPolicy, named: readonly NamedRepository[]): PolicyDocument {
  const statements = policy.statements
    .filter(({ effect }) => effect === "Allow")
    .map((statement) => readStatement(statement, policy));
  const found = statements.flatMap(({ repositories }) => repositories);
  const repositories = distinct(named.length > 0 ? named : found.length > 0 ? found : [NOBODY]);
  const ids = statements.flatMap((statement) => statement.ids);
  const [onlyId] = repositories.length === 1 && ids.length === 1 ? ids : [];
  const provider =
    githubProviderIn(policy) ?? `arn:aws:iam::ACCOUNT:oidc-provider/${GITHUB_ISSUER}`;
  return policyDocument(
    repositories.flatMap((one) => {
      const { owner, name, ids: numbers } = one;
      const repository = {
        owner,
        name,
        ...(numbers !== undefined && {
          ownerId: Number(numbers.owner),
          repositoryId: Number(numbers.repository),
        }),
        ...(onlyId !== undefined && { repositoryId: Number(onlyId) }),
        subjectForm: numbers === undefined ? ("name" as const) : ("immutable" as const),
      };
      const grants = statements.flatMap((statement) => grantsFor(one, statement));
      const wanted = grants.length > 0 ? grants : [{ environment: "ENVIRONMENT" }];
      const distinctGrants = [...new Map(wanted.map((grant) => [JSON.stringify(grant), grant]))];
      return trustPolicy(provider, { repository, grants: distinctGrants.map(([, grant]) => grant) })
        .Statement;
    }),
  );
}

/** What a statement names that a safe form can name, too. */
interface NamedInStatement {
  readonly repositories: readonly NamedRepository[];
  /** Jobs that a subject names with their repository, which are no other repository's. */
  readonly jobs: readonly { readonly repository: NamedRepository; readonly grant: Grant }[];
  /** By a claim of their own, for whichever repository the statement is about. */
  readonly environments: readonly string[];
  /** Numbers of repositories. */
  readonly ids: readonly string[];
}

function readStatement(statement: IamStatement, policy: IamPolicy): NamedInStatement {
  const texts = (claim: string) => boundsOf(statement, claim, policy).flat();
  const whole = (claim: string) => texts(claim).flatMap(({ open, text }) => (open ? [] : [text]));
  const subjects = texts("sub").map(({ text }) => text);
  return {
    repositories: [
      ...subjects.flatMap((text) => repositoryIn(text) ?? []),
      ...whole("repository").flatMap((text) => readRepository(text) ?? []),
    ],
    jobs: subjects.flatMap((text) => {
      const repository = repositoryIn(text);
      const job = parseSubject(text)?.job;
      const grant = job && grantOf(job);
      return repository !== undefined && grant !== undefined ? [{ repository, grant }] : [];
    }),
    environments: whole("environment"),
    ids: texts("repository_id").flatMap(({ text }) => (/^[1-9][0-9]*$/.test(text) ? [text] : [])),
  };
}

function grantsFor(
  repository: NamedRepository,
  { repositories, jobs, environments }: NamedInStatement,
): readonly Grant[] {
  const isMeant = repositories.length === 0 || repositories.some((one) => isSame(one, repository));
  return [
    ...jobs.flatMap((job) => (isSame(job.repository, repository) ? [job.grant] : [])),
    ...(isMeant ? environments.map((environment) => ({ environment })) : []),
  ];
}

/** The grant of one job by its name; undefined for pull requests and for names that are open. */
function grantOf(job: SubjectJob): Grant | undefined {
  if (!("name" in job) || (job.kind !== "tag" && /[*?]/.test(job.name))) return undefined;
  if (/^[*?]|\$\{/.test(job.name)) return undefined;
  if (job.kind === "environment") return { environment: job.name };
  return job.kind === "branch" ? { branch: job.name } : { tag: job.name };
}

function distinct(repositories: readonly NamedRepository[]): readonly NamedRepository[] {
  return repositories.filter(
    (one, index) => repositories.findIndex((other) => isSame(one, other)) === index,
  );
}
