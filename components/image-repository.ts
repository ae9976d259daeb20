import * as aws from "@pulumi/aws/ecr/index.js";
import * as pulumi from "@pulumi/pulumi";
import { KEEP_PINNED_CONTENT, type LifecycleRule, lifecyclePolicy } from "../rules/lifecycle.ts";
import { UserError } from "../rules/problems.ts";
import { pullPolicy } from "../rules/repository-policy.ts";

/** Name of the repository, who may pull from it and what it keeps. */
export interface ImageRepositoryArgs {
  /** Name on ECR: `pytorch/ci-image`. Changing this replaces the repository. */
  readonly repositoryName: string;
  /** Accounts that may pull, of one partition (`aws`, `aws-cn`, `aws-us-gov`). */
  readonly pull: { readonly partition: string; readonly accountIds: readonly string[] };
  /**
   * What is deleted by itself, or `false` to keep everything.
   * @defaultValue what {@link KEEP_PINNED_CONTENT} says: never what is pinned
   */
  readonly lifecycle?: readonly LifecycleRule[] | false;
  /**
   * Whether the repository may be deleted with images in it; must be applied before the deletion.
   * @defaultValue false
   */
  readonly forceDelete?: boolean;
  /**
   * Whether names in it move, as those of build caches do; what is in such a repository is not scanned. Changing this on a
   * repository with names in it changes what they are worth.
   * @defaultValue false
   */
  readonly mutable?: boolean;
  readonly tags?: Readonly<Record<string, pulumi.Input<string>>>;
}

/**
 * A repository on ECR for the content of one image family: immutable names, scanned on push, encrypted. Or for the cache of
 * its builds, with names that move.
 *
 * Immutable without exception, since ECR's exclusion filters know `*` only and could not tell `cuda12.6` from
 * `cuda12.6-k<key>`; floating names live on other registries.
 *
 * @example
 * new ImageRepository("ci-image", {
 *   repositoryName: "pytorch/ci-image",
 *   pull: { partition: "aws", accountIds: ["308535385114"] },
 * });
 */
export class ImageRepository extends pulumi.ComponentResource {
  /** The repository itself, for what this component has no word for. */
  readonly repository: aws.Repository;
  readonly repositoryArn: pulumi.Output<string>;

  /** @throws UserError when ECR would refuse the name, ProblemsError when it would refuse a rule. */
  constructor(name: string, args: ImageRepositoryArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const problem = repositoryNameProblem(args.repositoryName);
    if (problem !== undefined) throw new UserError(problem);
    const { mutable = false, lifecycle = KEEP_PINNED_CONTENT } = args;
    const rules = lifecycle === false ? undefined : lifecyclePolicy(lifecycle);
    super("slipway:index:ImageRepository", name, {}, opts);
    this.repository = new aws.Repository(
      `${name}-repository`,
      {
        name: args.repositoryName,
        imageTagMutability: mutable ? "MUTABLE" : "IMMUTABLE",
        imageScanningConfiguration: { scanOnPush: !mutable },
        encryptionConfigurations: [{ encryptionType: "AES256" }],
        forceDelete: args.forceDelete ?? false,
        ...(args.tags && { tags: args.tags }),
      },
      { parent: this },
    );
    // A repository has one of each, so a new one can only come after the old one went; and whoever protects the
    // repository does not mean that its policies may never be replaced.
    const policyOptions = { parent: this, deleteBeforeReplace: true, protect: false };
    if (rules !== undefined) {
      new aws.LifecyclePolicy(
        `${name}-lifecycle`,
        { repository: this.repository.name, policy: JSON.stringify(rules) },
        policyOptions,
      );
    }
    new aws.RepositoryPolicy(
      `${name}-policy`,
      {
        repository: this.repository.name,
        policy: JSON.stringify(pullPolicy(args.pull.partition, args.pull.accountIds)),
      },
      policyOptions,
    );
    this.repositoryArn = this.repository.arn;
    this.registerOutputs({ repositoryArn: this.repositoryArn });
  }
}

const NAME = /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

/**
 * ECR's rule for names.
 * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
 */
function repositoryNameProblem(name: string): string | undefined {
  const quoted = JSON.stringify(name);
  if (name.length < 2 || name.length > 256) {
    return `${quoted} has ${name.length} characters; a repository's name on ECR has 2 to 256`;
  }
  if (NAME.test(name)) return undefined;
  const lower = name.toLowerCase();
  if (NAME.test(lower)) {
    return `${quoted} has capital letters, which ECR does not take; write ${JSON.stringify(lower)}`;
  }
  return `${quoted} is not a repository's name on ECR: lower-case letters and digits, joined by one ".", "_", "-" or "/"`;
}
