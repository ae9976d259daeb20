import type { IamCondition, IamPolicy } from "./iam-document.ts";
import { ASSUME_BY_TOKEN, evaluate, type IamAnswer } from "./iam-evaluation.ts";
import { grantOf, grantWords } from "./trust-grants.ts";
import { presumedId } from "./trust-jobs.ts";
import { type MatrixRow, type MatrixSetting, tokenMatrix } from "./trust-matrix.ts";
import { GITHUB_ISSUER, type TrustArgs } from "./trust-policy.ts";
import { type Claims, contextOf, TOKEN_FORMS, type TokenForm } from "./trust-tokens.ts";

/** What becomes of the tokens of one row with one form of the subject. */
export interface TrustCell {
  /** Whether one of them assumes the role; null where GitHub issues none. */
  readonly passes: boolean | null;
  /** Whether one of them is granted. */
  readonly granted: boolean;
  /** Whether one passes that is not granted, or is granted and refused. */
  readonly wrong: boolean;
}

export interface TrustRow {
  /** Whose token it is. */
  readonly token: string;
  readonly subjects: Readonly<Record<TokenForm, TrustCell>>;
  /** Why it passes, or fails, in the form that the role trusts. */
  readonly reason: string;
}

/**
 * The truth table of one role: every token of the matrix, as the policy that is deployed judges it.
 * @param setting of the whole stack
 */
export function trustTable(
  policy: IamPolicy,
  provider: string,
  trust: TrustArgs,
  setting: MatrixSetting,
): readonly TrustRow[] {
  const judge = (row: MatrixRow, form: TokenForm): readonly Judged[] =>
    row.tokens(form).map((claims) => {
      const request = { provider, action: ASSUME_BY_TOKEN, context: contextOf(claims) };
      const answer = evaluate(policy, request);
      const grant = grantOf(claims, trust, presumedId(trust.repository));
      return { claims, answer, ...(grant !== undefined && { grant: grantWords(grant) }) };
    });
  const trusted = trust.repository.subjectForm === "immutable" ? "immutable" : "name";
  return tokenMatrix(trust, setting).map((row) => {
    const cells = TOKEN_FORMS.map((form) => [form, cellOf(judge(row, form))] as const);
    return {
      token: row.title,
      subjects: Object.fromEntries(cells) as Record<TokenForm, TrustCell>,
      reason: row.none ?? reasonOf(judge(row, trusted)),
    };
  });
}

interface Judged {
  readonly claims: Claims;
  readonly answer: IamAnswer;
  /** In words. */
  readonly grant?: string;
}

function cellOf(judged: readonly Judged[]): TrustCell {
  return {
    passes: judged.length === 0 ? null : judged.some(({ answer }) => answer.allowed),
    granted: judged.some(({ grant }) => grant !== undefined),
    wrong: judged.some(isWrong),
  };
}

function isWrong({ answer, grant }: Judged): boolean {
  return answer.allowed !== (grant !== undefined);
}

/** Of several tokens, what is said of one that is judged wrong, else of one that passes, else of the first. */
function reasonOf(judged: readonly Judged[]): string {
  const one = judged.find(isWrong) ?? judged.find(({ grant }) => grant !== undefined) ?? judged[0];
  if (one === undefined) return "";
  const { claims, answer, grant } = one;
  if (answer.allowed) {
    if (grant !== undefined) return `granted: ${grant}`;
    return `passes, though nothing grants it: ${claims["sub"] ?? "no subject"}`;
  }
  const why = lackWords(answer, claims);
  return grant === undefined ? why : `granted (${grant}), yet refused: ${why}`;
}

/** Why no statement lets a token in, by the one that lacks least. */
function lackWords({ by, lacking }: IamAnswer, claims: Claims): string {
  if (by !== undefined) return `${by.name} denies it`;
  const [nearest] = [...lacking].sort((a, b) => a.conditions.length - b.conditions.length);
  if (nearest === undefined) return "no statement allows anything";
  const found = nearest.conditions.map((condition) => conditionWords(condition, claims));
  if (nearest.principal) found.unshift("another identity provider is trusted");
  if (nearest.action) found.unshift(`${ASSUME_BY_TOKEN} is not allowed`);
  return found.join("; ");
}

function conditionWords({ operator, key, values }: IamCondition, claims: Claims): string {
  const claim = key.toLowerCase().replace(`${GITHUB_ISSUER}:`, "");
  const found = claims[claim];
  if (found === undefined) return `${claim} is missing`;
  const plain = operator.written === "StringEquals" || operator.written === "StringLike";
  return `${claim} is ${found}${plain ? "" : `, by ${operator.written} ${values.join(" or ")}`}`;
}
