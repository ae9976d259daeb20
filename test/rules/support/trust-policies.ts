/* Trust policies with what has to be found in them; docs/trust.md tells of twelve, and a test holds it to what stands here. */
import { ASSUME_BY_TOKEN } from "../../../rules/iam-evaluation.ts";

export const issuer = "token.actions.githubusercontent.com";
export const provider = `arn:aws:iam::308535385114:oidc-provider/${issuer}`;
export const aud = { aud: "sts.amazonaws.com" };

type Claims = Readonly<Record<string, string | readonly string[]>>;

/** A condition of GitHub's claims by operator and claim. */
export function condition(operators: Readonly<Record<string, Claims>>): object {
  return Object.fromEntries(
    Object.entries(operators).map(([operator, claims]) => [
      operator,
      Object.fromEntries(Object.entries(claims).map(([key, value]) => [`${issuer}:${key}`, value])),
    ]),
  );
}

export function statement(operators: Readonly<Record<string, Claims>>, more: object = {}): object {
  const Principal = { Federated: provider };
  return {
    Effect: "Allow",
    Principal,
    Action: ASSUME_BY_TOKEN,
    Condition: condition(operators),
    ...more,
  };
}

/** What it is, its statements, and what of its holes must be said; none in a safe one. */
export interface Judgement {
  readonly policy: string;
  readonly statements: readonly object[];
  readonly named?: readonly string[];
  readonly holes: readonly RegExp[];
}

/** One that a document explains, too. */
export type Explained = Judgement &
  ({ readonly holes: readonly [RegExp] } | { readonly holes: readonly []; readonly why: string });

export const main = "repo:o/r:ref:refs/heads/main";
export const safe = { StringEquals: { ...aud, sub: main } };

/** The twelve policies of a check of CKV_AWS_358 of checkov, which reads one value, no operator and no audience. */
export const TWELVE: readonly Explained[] = [
  {
    policy: "an environment's subject",
    statements: [statement({ StringEquals: { ...aud, sub: "repo:o/r:environment:e" } })],
    holes: [],
    why: "audience, repository and environment are one value each; which refs enter the environment is for its own rules",
  },
  {
    policy: "the audience alone",
    statements: [statement({ StringEquals: aud })],
    holes: [/no condition demands sub, so that any repository on GitHub gets in/],
  },
  {
    policy: "every repository of an owner, which the check let pass by design",
    statements: [statement({ StringEquals: aud, StringLike: { sub: "repo:o/*" } })],
    holes: [/sub repo:o\/\*: the wildcard stands for other repositories/],
  },
  {
    policy: "every job of a repository, which the check let pass by design",
    statements: [statement({ StringEquals: aud, StringLike: { sub: "repo:o/r:*" } })],
    holes: [/every branch, tag, environment and pull request/],
  },
  {
    policy: "owners that begin alike",
    statements: [statement({ StringEquals: aud, StringLike: { sub: "repo:o*/r" } })],
    holes: [/sub repo:o\*\/r: the wildcard stands for other repositories/],
  },
  {
    policy: "everybody as a second value after a safe first, which the check let pass",
    statements: [statement({ StringEquals: aud, StringLike: { sub: [main, "repo:*"] } })],
    holes: [/sub repo:\*: the wildcard stands for other repositories/],
  },
  {
    policy: "no audience, which the check let pass",
    statements: [statement({ StringEquals: { sub: main } })],
    holes: [/no condition demands aud/],
  },
  {
    policy: "ForAllValues on the subject, which the check let pass",
    statements: [statement({ StringEquals: aud, "ForAllValues:StringLike": { sub: main } })],
    holes: [/ForAllValues:StringLike on sub holds for a token without sub/],
  },
  {
    policy: "StringNotEquals on the subject, which the check let pass",
    statements: [statement({ StringEquals: aud, StringNotEquals: { sub: main } })],
    holes: [/StringNotEquals on sub lets in everything but/],
  },
  {
    policy: "repositories that begin alike, which the check let pass",
    statements: [
      statement({ StringEquals: aud, StringLike: { sub: "repo:o/r*:ref:refs/heads/main" } }),
    ],
    holes: [/sub repo:o\/r\*:ref:refs\/heads\/main: the wildcard stands for other repositories/],
  },
  {
    policy: "the subject with numbers, which the check refused",
    statements: [statement({ StringEquals: { ...aud, sub: "repo:o@1/r@2:environment:e" } })],
    holes: [],
    why: "as by names, and no repository that takes the names later has the numbers",
  },
  {
    policy: "the repository's number and the ref without a subject, which the check refused",
    statements: [
      statement({ StringEquals: { ...aud, repository_id: "2", ref: "refs/heads/main" } }),
    ],
    holes: [],
    why: "tokens of other repositories or branches do not get in; AWS wants a subject all the same in a policy that is new",
  },
];
