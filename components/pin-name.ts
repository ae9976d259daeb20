import * as pulumi from "@pulumi/pulumi";

/** An account's ECR. */
export interface EcrAccountArgs {
  readonly accountId: pulumi.Input<string>;
  readonly region: pulumi.Input<string>;
  /** One URL for every service, on the cloud of this machine alone. */
  readonly endpoint?: pulumi.Input<string>;
}

/** What is pinned, and where it is. */
export interface PinNameArgs {
  readonly account: pulumi.Input<EcrAccountArgs>;
  /** Path on ECR: `pytorch/ci-image`. */
  readonly repository: pulumi.Input<string>;
  /** `sha256:...`: an image, or an index, which is kept with all that it lists. */
  readonly digest: pulumi.Input<string>;
}

/**
 * The name `pin-<64 hex>` of a digest on ECR, which keeps it from retention. Deleting it takes the name away and never an
 * image; an image without another name keeps it.
 *
 * @example
 * new PinName("pytorch/ci-image@sha256:...", {
 *   account: { accountId: "308535385114", region: "us-east-1" },
 *   repository: "pytorch/ci-image",
 *   digest: new pulumi.Config().require("pinnedDigest"),
 * });
 */
export class PinName extends pulumi.CustomResource {
  /** Digests that the name keeps: what an index lists, and last the pinned one itself. */
  declare readonly contents: pulumi.Output<readonly string[]>;
  /** Those of them whose name was there when somebody last looked. */
  declare readonly pinned: pulumi.Output<readonly string[]>;

  constructor(name: string, args: PinNameArgs, opts: pulumi.CustomResourceOptions = {}) {
    super("slipway:index:PinName", name, { ...args, contents: undefined, pinned: undefined }, opts);
  }
}
