import type { PolicyDocument } from "./policy-document.ts";

/**
 * Most characters of a document, whitespace not counted: of all inline policies of a role together, of a managed policy, of a
 * trust policy (IAM raises that one on request).
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const LIMITS = { role: 10_240, managed: 6_144, trust: 2_048 } as const;

const ADVICE: Readonly<Record<keyof typeof LIMITS, string>> = {
  role: "publish fewer families to ECR, or let the role read fewer buckets",
  managed:
    "let the read-only role read fewer buckets, or keep the state in a bucket and folder of shorter names",
  trust: "give fewer grants, or one subject form where there are both",
};

/** Why IAM does not take a document for its length, and what to do; undefined when it does. */
export function sizeProblem(
  kind: keyof typeof LIMITS,
  document: PolicyDocument,
): string | undefined {
  const limit = LIMITS[kind];
  const characters = JSON.stringify(document).replaceAll(/\s/g, "").length;
  if (characters <= limit) return undefined;
  return `has ${characters} characters, and IAM takes ${limit}: ${ADVICE[kind]}`;
}
