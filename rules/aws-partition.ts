/** The part of AWS a region belongs to: it is in every ARN and decides the host names. */
export interface AwsPartition {
  /** Second field of an ARN: `aws`, `aws-cn`, `aws-us-gov`. */
  readonly name: string;
  /** What service host names end in: `amazonaws.com`, `amazonaws.com.cn`. */
  readonly dnsSuffix: string;
}

/**
 * The partition of a region.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
 */
export function awsPartition(region: string): AwsPartition {
  if (region.startsWith("cn-")) return { name: "aws-cn", dnsSuffix: "amazonaws.com.cn" };
  if (region.startsWith("us-gov-")) return { name: "aws-us-gov", dnsSuffix: "amazonaws.com" };
  return { name: "aws", dnsSuffix: "amazonaws.com" };
}

/** Host of an account's private registry: `308535385114.dkr.ecr.us-east-1.amazonaws.com`. */
export function ecrHost(accountId: string, region: string): string {
  return `${accountId}.dkr.ecr.${region}.${awsPartition(region).dnsSuffix}`;
}
