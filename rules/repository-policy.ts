import { PULL_ACTIONS } from "./permissions.ts";
import { type PolicyDocument, policyDocument } from "./policy-document.ts";

/**
 * An ECR repository's own policy: the named accounts may pull, nobody may push through it. What an account's users then
 * may do is still theirs to grant.
 * @param partition `aws`, `aws-cn`, `aws-us-gov`.
 * @param accountIds Twelve digits each, without repetition.
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html
 */
export function pullPolicy(partition: string, accountIds: readonly string[]): PolicyDocument {
  return policyDocument([
    {
      Sid: "Pull",
      Effect: "Allow",
      Principal: { AWS: accountIds.map((id) => `arn:${partition}:iam::${id}:root`) },
      Action: [...PULL_ACTIONS],
    },
  ]);
}
