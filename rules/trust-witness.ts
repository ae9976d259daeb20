import type { IamPolicy, IamStatement } from "./iam-document.ts";
import { ASSUME_BY_TOKEN, evaluate } from "./iam-evaluation.ts";
import { hasVariable } from "./iam-pattern.ts";
import { claimOf } from "./trust-bounds.ts";
import { AUDIENCE } from "./trust-policy.ts";
import { parseSubject } from "./trust-subject.ts";
import { type Claims, contextOf } from "./trust-tokens.ts";

/** Claims that a token must have, or must not (undefined), to show a hole. */
export type Change = Readonly<Record<string, string | undefined>>;

export const STRANGER = "repo:someone-else/anything:ref:refs/heads/main";
const MEANINGLESS = "anything";
/** What a wildcard in a subject may stand for: parts of names, and what reaches over the marks between them. */
const FILLERS = [
  "-evil",
  "evil",
  "pull_request",
  "any-branch",
  "refs/heads/any-branch",
  "heads/any-branch",
  "ref:refs/heads/any-branch",
  "any-repository",
  "any-repository:pull_request",
  "any-repository:ref:refs/heads/any-branch",
  "-evil:ref:refs/heads/any-branch",
  "-evil/any-repository:ref:refs/heads/any-branch",
  "someone-else/anything",
  "someone-else/anything:ref:refs/heads/main",
  "repo:someone-else/anything:ref:refs/heads/main",
  "repo:someone-else/anything",
  "environment:any",
  "7",
];
/** More wildcards than this get the same filler everywhere. */
const FREE_WILDCARDS = 2;

/**
 * A token that gets in through a statement and has some claims, found by trying: everything else in it is as the statement
 * wants it.
 * @param changes in order of preference
 * @returns null where none of them gets in
 */
export function witness(
  policy: IamPolicy,
  statement: IamStatement,
  provider: string,
  changes: readonly Change[],
): Claims | null {
  for (const change of changes) {
    const claims = tokenWith(statement, change);
    const request = { provider, action: ASSUME_BY_TOKEN, context: contextOf(claims) };
    if (evaluate(policy, request).allowed) return claims;
  }
  return null;
}

function tokenWith({ conditions }: IamStatement, change: Change): Claims {
  const wanted: Record<string, string> = {};
  for (const condition of conditions) {
    const claim = claimOf(condition);
    const [value] = condition.values;
    if (claim === undefined || value === undefined || claim in wanted) continue;
    if (condition.operator.negated || condition.operator.name === "Null") continue;
    const isSubject = claim === "sub" && condition.operator.name === "StringLike";
    wanted[claim] = isSubject ? (subjectsLike(value)[0] ?? value) : value.replaceAll(/\*|\?/g, "1");
  }
  const sub = "sub" in change ? change["sub"] : (wanted["sub"] ?? STRANGER);
  const claims = { aud: AUDIENCE, ...impliedBy(sub ?? STRANGER), ...wanted, sub, ...change };
  return Object.fromEntries(
    Object.entries(claims).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** The other claims of a token that has a subject. */
function impliedBy(text: string): Claims {
  const subject = parseSubject(text);
  if (subject === undefined) return {};
  const { owner, name, ids, job } = subject;
  const refs = {
    environment: "refs/heads/main",
    branch: `refs/heads/${"name" in job ? job.name : ""}`,
    tag: `refs/tags/${"name" in job ? job.name : ""}`,
    "pull request": "refs/pull/1/merge",
  };
  const repository = `${owner}/${name}`;
  return {
    repository,
    repository_id: ids?.repository ?? "2002",
    ref: refs[job.kind],
    ...(job.kind === "environment" && { environment: job.name }),
    job_workflow_ref: `${repository}/.github/workflows/any.yml@${refs[job.kind]}`,
  };
}

/** Subjects of GitHub's that a pattern describes, those first that show most. */
export function subjectsLike(pattern: string): readonly string[] {
  if (hasVariable(pattern)) return [STRANGER];
  const wildcards = pattern.match(/[*?]/g) ?? [];
  return combinations(wildcards)
    .map((fillers) => {
      let next = 0;
      return pattern.replaceAll(/[*?]/g, () => fillers[next++] ?? "");
    })
    .filter((text) => parseSubject(text) !== undefined);
}

function combinations(wildcards: readonly string[]): readonly (readonly string[])[] {
  const choices = (wildcard: string) => (wildcard === "?" ? ["x", "7"] : FILLERS);
  if (wildcards.length > FREE_WILDCARDS) {
    return FILLERS.map((filler) => wildcards.map((one) => (one === "?" ? "x" : filler)));
  }
  return wildcards.reduce<readonly (readonly string[])[]>(
    (begun, wildcard) =>
      begun.flatMap((fillers) => choices(wildcard).map((filler) => [...fillers, filler])),
    [[]],
  );
}

/** Texts that a pattern of another claim describes, and that are not what it seems to mean. */
export function textsLike(pattern: string): readonly string[] {
  return ["-evil", MEANINGLESS].map((filler) =>
    pattern.replaceAll("*", filler).replaceAll("?", "x"),
  );
}
