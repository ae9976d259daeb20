import * as pulumi from "@pulumi/pulumi";
import { type EcrAccountArgs, PinName } from "./pin-name.ts";

/** The account, and what code somewhere has written of its ECR. */
export interface PinnedDigestsArgs {
  readonly account: EcrAccountArgs;
  readonly pins: readonly {
    /** Path on ECR: `pytorch/ci-image`. */
    readonly repository: string;
    /** `sha256:...` */
    readonly digest: string;
  }[];
}

/**
 * The digests on ECR that code somewhere has written, each kept by a name of its own. They wait for what the component itself
 * was told to wait for.
 *
 * @example
 * new PinnedDigests("pins", {
 *   account: { accountId: "308535385114", region: "us-east-1" },
 *   pins: [{ repository: "pytorch/ci-image", digest: `sha256:${"0".repeat(64)}` }],
 * });
 */
export class PinnedDigests extends pulumi.ComponentResource {
  constructor(name: string, args: PinnedDigestsArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("slipway:index:PinnedDigests", name, {}, opts);
    const child = {
      parent: this,
      ...(opts.dependsOn !== undefined && { dependsOn: opts.dependsOn }),
    };
    for (const { repository, digest } of args.pins) {
      // Named by what it is: a pin more changes no other.
      new PinName(`${repository}@${digest}`, { account: args.account, repository, digest }, child);
    }
    this.registerOutputs({});
  }
}
