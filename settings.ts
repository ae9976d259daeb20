import type * as pulumi from "@pulumi/pulumi";
import type { RegistryName } from "./catalog.ts";
import type { LocalCloud } from "./rules/local-cloud.ts";

/** Where a family's images live on one registry, and who may push there. */
export interface RegistrySettings {
  readonly name: RegistryName;
  /** `308535385114.dkr.ecr.us-east-1.amazonaws.com`, `ghcr.io`, `localhost:34101`. */
  readonly host: string;
  /** Login for pushes; absent for ECR on AWS, whose token comes from an invoke. */
  readonly credentials?: {
    readonly username: pulumi.Output<string>;
    readonly password: pulumi.Output<string>;
  };
}

/** Everything a stack is told, read once and checked; components never read config or environment. */
export interface Settings {
  readonly stack: string;
  /** Present when the stack lives on the cloud of this machine. */
  readonly local?: LocalCloud;
  readonly repository: {
    readonly owner: string;
    readonly name: string;
    readonly ownerId?: number;
    readonly repositoryId?: number;
  };
  /** Names of the catalogue's families that this stack publishes. */
  readonly families: readonly string[];
  readonly aws?: {
    readonly accountId: string;
    readonly region: string;
    readonly oidcProvider: "create" | { readonly arn: string };
    /** Buckets the read-only role may read. */
    readonly readBuckets: readonly string[];
  };
  readonly registries: ReadonlyMap<RegistryName, RegistrySettings>;
  readonly githubToken: pulumi.Output<string>;
  /** Secrets of the environment `docker-build`. */
  readonly environmentSecrets: Readonly<Record<string, pulumi.Output<string>>>;
  /** Whether repositories, roles and environments are protected from deletion. */
  readonly protect: boolean;
  /** Whether an ECR repository may be deleted with images in it. */
  readonly forceDelete: boolean;
}
