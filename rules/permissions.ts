import { awsPartition } from "./aws-partition.ts";
import {
  type PolicyCondition,
  type PolicyDocument,
  policyDocument,
  type PolicyStatement,
} from "./policy-document.ts";
import type { Account } from "./role-names.ts";

/** What `docker pull` asks of ECR, once logged in. */
export const PULL_ACTIONS = [
  "ecr:BatchCheckLayerAvailability",
  "ecr:BatchGetImage",
  "ecr:GetDownloadUrlForLayer",
] as const;

/**
 * The login to ECR, which knows no resource.
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
 */
export const logIn: PolicyStatement = {
  Sid: "LogIn",
  Effect: "Allow",
  Action: ["ecr:GetAuthorizationToken"],
  Resource: ["*"],
};

export interface ReadOnlyArgs extends Account {
  /** Names of ECR repositories: `pytorch/ci-image`. */
  readonly repositories: readonly string[];
  /** Names of S3 buckets, each with the folder in it where not all of it is meant: `bucket/folder`. */
  readonly buckets: readonly string[];
}

/**
 * What the read-only role may do: log in to ECR, pull from the named repositories, list and read the named buckets and
 * folders of buckets. A statement with nothing to name is left out, since IAM refuses an empty list and `*` would mean
 * everything.
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/security_iam_id-based-policy-examples.html
 */
export function readOnlyPermissions(args: ReadOnlyArgs): PolicyDocument {
  const places = args.buckets.map(placeOf);
  const bucketArn = (bucket: string) => s3Arn(args, bucket);
  const whole = places.filter(({ folder }) => folder === "").map(({ bucket }) => bucket);
  const folders = Map.groupBy(
    places.filter(({ folder }) => folder !== ""),
    ({ bucket }) => bucket,
  );
  return policyDocument([
    logIn,
    ...allow("Pull", PULL_ACTIONS, repositoryArns(args, args.repositories)),
    ...allow("ListBuckets", ["s3:ListBucket"], whole.map(bucketArn)),
    // What begins as the folder does may be listed: the slash keeps its neighbours out.
    ...[...folders].flatMap(([bucket, inside], index) =>
      allow(`ListFolders${index + 1}`, ["s3:ListBucket"], [bucketArn(bucket)], {
        StringLike: { "s3:prefix": inside.map(({ folder }) => `${folder}/*`) },
      }),
    ),
    ...allow(
      "ReadObjects",
      ["s3:GetObject"],
      places.map(({ bucket, folder }) =>
        bucketArn([bucket, folder, "*"].filter(Boolean).join("/")),
      ),
    ),
  ]);
}

/** A statement of Allow; none where there is no resource. */
export function allow(
  sid: string,
  actions: readonly string[],
  resources: readonly string[],
  condition?: PolicyCondition,
): PolicyStatement[] {
  if (resources.length === 0) return [];
  return [
    {
      Sid: sid,
      Effect: "Allow",
      Action: [...actions],
      Resource: [...resources],
      ...(condition && { Condition: condition }),
    },
  ];
}

/** ARNs of an account's ECR repositories. */
export function repositoryArns(
  { accountId, region }: Account,
  names: readonly string[],
): readonly string[] {
  const { name: partition } = awsPartition(region);
  return names.map((name) => `arn:${partition}:ecr:${region}:${accountId}:repository/${name}`);
}

/** ARN of a bucket, or of `bucket/key`. */
export function s3Arn({ region }: Pick<Account, "region">, place: string): string {
  return `arn:${awsPartition(region).name}:s3:::${place}`;
}

/** `bucket/folder` in its parts; the folder is empty where all of the bucket is meant. */
function placeOf(text: string): { readonly bucket: string; readonly folder: string } {
  const [bucket = "", ...folder] = text.split("/").filter(Boolean);
  return { bucket, folder: folder.join("/") };
}
