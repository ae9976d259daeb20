import { awsPartition } from "./aws-partition.ts";
import { type PolicyDocument, policyDocument, type PolicyStatement } from "./policy-document.ts";

/** What `docker pull` asks of ECR, once logged in. */
export const PULL_ACTIONS = [
  "ecr:BatchCheckLayerAvailability",
  "ecr:BatchGetImage",
  "ecr:GetDownloadUrlForLayer",
] as const;

/** The one action of ECR that knows no resource. */
export const logIn: PolicyStatement = {
  Sid: "LogIn",
  Effect: "Allow",
  Action: ["ecr:GetAuthorizationToken"],
  Resource: ["*"],
};

export interface ReadOnlyArgs {
  readonly accountId: string;
  readonly region: string;
  /** Names of ECR repositories: `pytorch/ci-image`. */
  readonly repositories: readonly string[];
  /** Names of S3 buckets. */
  readonly buckets: readonly string[];
}

/**
 * What the read-only role may do: log in to ECR, pull from the named repositories, list and read the named buckets.
 * A statement with nothing to name is left out, since IAM refuses an empty list and `*` would mean everything.
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/security_iam_id-based-policy-examples.html
 */
export function readOnlyPermissions(args: ReadOnlyArgs): PolicyDocument {
  const { name: partition } = awsPartition(args.region);
  const repositories = args.repositories.map(
    (name) => `arn:${partition}:ecr:${args.region}:${args.accountId}:repository/${name}`,
  );
  const buckets = args.buckets.map((name) => `arn:${partition}:s3:::${name}`);
  return policyDocument([
    logIn,
    ...when(repositories, {
      Sid: "Pull",
      Effect: "Allow",
      Action: [...PULL_ACTIONS],
      Resource: repositories,
    }),
    ...when(buckets, {
      Sid: "ListBuckets",
      Effect: "Allow",
      Action: ["s3:ListBucket"],
      Resource: buckets,
    }),
    ...when(buckets, {
      Sid: "ReadObjects",
      Effect: "Allow",
      Action: ["s3:GetObject"],
      Resource: buckets.map((arn) => `${arn}/*`),
    }),
  ]);
}

function when(resources: readonly string[], statement: PolicyStatement): PolicyStatement[] {
  return resources.length > 0 ? [statement] : [];
}
