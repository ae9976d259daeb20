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

const ECR_HOST =
  /^(?<accountId>[0-9]{12})\.dkr\.ecr(?:-fips)?\.(?<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/;

/** The account and region of a private registry's host; undefined of every other host. */
export function parseEcrHost(
  host: string,
): { readonly accountId: string; readonly region: string } | undefined {
  const { accountId, region } = ECR_HOST.exec(host)?.groups ?? {};
  return accountId === undefined || region === undefined ? undefined : { accountId, region };
}
