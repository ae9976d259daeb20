import { allow, s3Arn } from "./permissions.ts";
import type { PolicyStatement } from "./policy-document.ts";

/** Where Pulumi keeps the stacks' state on S3. */
export interface StateBackend {
  readonly bucket: string;
  /** Folder of the state in the bucket, without slashes at its ends; empty for all of the bucket. */
  readonly prefix: string;
  /** The key of the stacks' secrets provider (`awskms://`); absent where they are encrypted by a passphrase. */
  readonly kmsKeyArn?: string;
}

/** The stack that owns the foundation. */
export const FOUNDATION_STACK = "main";
/** The stacks of release lines, as a pattern: `release-2.10`. */
export const RELEASE_STACKS = "release-*";
/** Name of the project in `Pulumi.yaml`; a folder in each part of the state. */
const PROJECT = "slipway";
/** Says how the state is laid out; written by whoever first uses the bucket. */
const META = "meta.yaml";
/** Key of the encryption context by which one key serves stacks that may not decrypt each other's secrets. */
const STACK_CONTEXT = "stack";

/**
 * What Pulumi asks of its backend to preview a stack: the stack's file, its tags and what an interrupted update left
 * behind. It takes no lock.
 * @param stack name of the stack, or {@link RELEASE_STACKS}
 * @see https://github.com/pulumi/pulumi/blob/master/pkg/backend/diy/backend.go
 */
export function stateReading(
  state: StateBackend,
  region: string,
  stack: string,
): PolicyStatement[] {
  const file = fileIn(state, region);
  const { files, journal } = partsOf(stack);
  return [
    ...stateOpening(state, region, stack),
    ...allow("ReadState", ["s3:GetObject"], [META, ...files, journal].map(file)),
  ];
}

/**
 * What Pulumi asks of its backend to update a stack: the lock, and to write the stack's file, its history and its backups, of
 * which it deletes nothing.
 * @param stack name of the stack, or {@link RELEASE_STACKS}
 * @see https://github.com/pulumi/pulumi/blob/master/pkg/backend/diy/state.go
 * @see https://github.com/pulumi/pulumi/blob/master/pkg/backend/diy/lock.go
 */
export function stateWriting(
  state: StateBackend,
  region: string,
  stack: string,
): PolicyStatement[] {
  const file = fileIn(state, region);
  const { files, history, backups, locks, journal } = partsOf(stack);
  return [
    ...stateOpening(state, region, stack),
    ...allow("ReadMeta", ["s3:GetObject"], [file(META)]),
    ...allow("State", ["s3:GetObject", "s3:PutObject"], [...files, locks, journal].map(file)),
    ...allow("AddHistory", ["s3:PutObject"], [history, backups].map(file)),
    ...allow("Unlock", ["s3:DeleteObject"], [locks, journal].map(file)),
  ];
}

/** What Pulumi asks before anything else: whether files are there, and the key of the state's and the configuration's secrets. */
function stateOpening(
  { bucket, kmsKeyArn }: StateBackend,
  region: string,
  stack: string,
): PolicyStatement[] {
  const operator = stack.includes("*") ? "StringLike" : "StringEquals";
  return [
    // Names of files only. S3 tells who may list a bucket, without a condition on the prefix, that a file is not there, and
    // everybody else that it is refused; Pulumi asks for files that need not be there, and stops when it is refused.
    // https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
    ...allow("ListState", ["s3:ListBucket"], [s3Arn({ region }, bucket)]),
    ...allow("Decrypt", ["kms:Decrypt"], kmsKeyArn === undefined ? [] : [kmsKeyArn], {
      [operator]: { [`kms:EncryptionContext:${STACK_CONTEXT}`]: stack },
    }),
  ];
}

/** Files of a stack below `.pulumi`. */
function partsOf(stack: string) {
  const ofStack = `${PROJECT}/${stack}`;
  return {
    // The file itself, compressed or not, its last version (`.bak`), and tags.
    files: [`stacks/${ofStack}.json*`, `stacks/${ofStack}.pulumi-tags`],
    history: `history/${ofStack}/*`,
    backups: `backups/${ofStack}/*`,
    locks: `locks/organization/${ofStack}/*`,
    journal: `journal/${ofStack}/*`,
  };
}

function fileIn({ bucket, prefix }: StateBackend, region: string) {
  const folder = [bucket, prefix, ".pulumi"].filter(Boolean).join("/");
  return (file: string): string => s3Arn({ region }, `${folder}/${file}`);
}
