import * as aws from "@pulumi/aws/iam/index.js";
import * as pulumi from "@pulumi/pulumi";
import { AUDIENCE, GITHUB_ISSUER } from "../rules/trust-policy.ts";

/** An account has one provider for GitHub at most: make it here, or use the one that is there. */
export type GithubOidcArgs =
  | { readonly create: { readonly tags?: Readonly<Record<string, pulumi.Input<string>>> } }
  | { readonly existing: { readonly arn: pulumi.Input<string> } };

/**
 * An AWS account's trust in the tokens that GitHub gives to workflows.
 *
 * It names no thumbprints: AWS checks GitHub's certificate by itself, and a list, once set, is never read again.
 *
 * @example
 * const oidc = new GithubOidc("github", { create: {} });
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
 */
export class GithubOidc extends pulumi.ComponentResource {
  /** ARN of the provider. */
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: GithubOidcArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("slipway:index:GithubOidc", name, {}, opts);
    if ("existing" in args) {
      this.arn = pulumi.output(args.existing.arn);
    } else {
      const provider = new aws.OpenIdConnectProvider(
        `${name}-provider`,
        {
          url: `https://${GITHUB_ISSUER}`,
          clientIdLists: [AUDIENCE],
          ...(args.create.tags && { tags: args.create.tags }),
        },
        { parent: this },
      );
      this.arn = provider.arn;
    }
    this.registerOutputs({ arn: this.arn });
  }
}
