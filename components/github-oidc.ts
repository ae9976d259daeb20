import * as aws from "@pulumi/aws/iam/index.js";
import * as pulumi from "@pulumi/pulumi";
import { AUDIENCE, GITHUB_ISSUER } from "../rules/trust-policy.ts";

export interface GithubOidcArgs {
  readonly tags?: Readonly<Record<string, pulumi.Input<string>>>;
}

/**
 * An AWS account's trust in the tokens that GitHub gives to workflows.
 *
 * An account has one such provider at most: where it exists already, name its ARN in the trust of roles and make none.
 *
 * It names no thumbprints: AWS checks GitHub's certificate by itself, and a list, once set, is never read again.
 *
 * @example
 * const oidc = new GithubOidc("github");
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
 */
export class GithubOidc extends pulumi.ComponentResource {
  /** ARN of the provider. */
  readonly arn: pulumi.Output<string>;

  constructor(
    name: string,
    { tags }: GithubOidcArgs = {},
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super("slipway:index:GithubOidc", name, {}, opts);
    const provider = new aws.OpenIdConnectProvider(
      `${name}-provider`,
      {
        url: `https://${GITHUB_ISSUER}`,
        clientIdLists: [AUDIENCE],
        ...(tags && { tags }),
      },
      { parent: this },
    );
    this.arn = provider.arn;
    this.registerOutputs({ arn: this.arn });
  }
}
