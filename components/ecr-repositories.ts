import * as pulumi from "@pulumi/pulumi";
import { awsPartition } from "../rules/aws-partition.ts";
import {
  cacheRepository,
  candidateRepository,
  FORGET_UNNAMED_CACHE,
} from "../rules/build-cache.ts";
import { KEEP_PINNED_CANDIDATES } from "../rules/lifecycle.ts";
import { ImageRepository } from "./image-repository.ts";

/** The families on ECR, where, and who else pulls from it. */
export interface EcrRepositoriesArgs {
  /** Path of each family's images on ECR, by its name: `ci-image` is at `pytorch/ci-image`. */
  readonly paths: ReadonlyMap<string, string>;
  readonly account: { readonly accountId: string; readonly region: string };
  /** Accounts besides the registry's own that may pull images. */
  readonly pullAccounts: readonly string[];
  /** Whether repositories may be deleted with images in them. */
  readonly forceDelete: boolean;
  readonly tags?: Readonly<Record<string, pulumi.Input<string>>>;
}

/**
 * The repositories of a stack on ECR: of each family one for its images, one for the cache of their builds and one for
 * candidates, which pull requests built.
 *
 * @example
 * new EcrRepositories("ecr", {
 *   paths: new Map([["ci-image", "pytorch/ci-image"]]),
 *   account: { accountId: "308535385114", region: "us-east-1" },
 *   pullAccounts: [],
 *   forceDelete: false,
 * });
 */
export class EcrRepositories extends pulumi.ComponentResource {
  /** Those of images, by family. */
  readonly images: ReadonlyMap<string, ImageRepository>;

  constructor(name: string, args: EcrRepositoriesArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("slipway:index:EcrRepositories", name, {}, opts);
    const { account, pullAccounts, forceDelete, tags } = args;
    const partition = awsPartition(account.region).name;
    const shared = { ...(tags && { tags }) };
    const images = new Map<string, ImageRepository>();
    for (const [family, repositoryName] of args.paths) {
      const accountIds = [...new Set([account.accountId, ...pullAccounts])];
      const content = { ...shared, forceDelete, pull: { partition, accountIds } };
      images.set(
        family,
        new ImageRepository(family, { ...content, repositoryName }, { parent: this }),
      );
      // A pull request's own jobs run on its candidates, wherever jobs run.
      new ImageRepository(
        `${family}-candidate`,
        {
          ...content,
          repositoryName: candidateRepository(repositoryName),
          lifecycle: KEEP_PINNED_CANDIDATES,
        },
        { parent: this },
      );
      // Its names move, nobody but builds reads it, and nothing in it is worth keeping.
      new ImageRepository(
        `${family}-cache`,
        {
          ...shared,
          repositoryName: cacheRepository(repositoryName),
          mutable: true,
          lifecycle: FORGET_UNNAMED_CACHE,
          forceDelete: true,
          pull: { partition, accountIds: [account.accountId] },
        },
        { parent: this, protect: false },
      );
    }
    this.images = images;
    this.registerOutputs({ repositories: [...args.paths.values()] });
  }
}
