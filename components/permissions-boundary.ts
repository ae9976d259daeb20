import * as aws from "@pulumi/aws/iam/index.js";
import * as pulumi from "@pulumi/pulumi";
import { sizeProblem } from "../rules/permissions-size.ts";
import type { PolicyDocument } from "../rules/policy-document.ts";
import { ProblemsError } from "../rules/problems.ts";

/** Name and text of the boundary. */
export interface PermissionsBoundaryArgs {
  /** Changing this replaces the policy. */
  readonly policyName: string;
  /** IAM path, with a slash at both ends; changing this replaces the policy. */
  readonly path: string;
  /** One sentence for whoever finds it in the account; changing this replaces the policy. */
  readonly description: string;
  /** The most that roles with this boundary can do. */
  readonly document: PolicyDocument;
  readonly tags?: Readonly<Record<string, pulumi.Input<string>>>;
}

/**
 * A managed policy that caps what roles can do, whatever is attached to them. An edit (another default version) and a deletion
 * are seen by the next preview that refreshes; IAM deletes no policy that is some role's boundary.
 *
 * @example
 * const boundary = new PermissionsBoundary("workflow-boundary", {
 *   policyName: "slipway-workflow-boundary",
 *   path: "/slipway/",
 *   description: "The most that workflows' roles can do",
 *   document: policyDocument([logIn]),
 * });
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
 */
export class PermissionsBoundary extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;

  /** @throws ProblemsError when the document is longer than IAM takes. */
  constructor(
    name: string,
    args: PermissionsBoundaryArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    const { policyName, path, description, document, tags } = args;
    const size = sizeProblem("managed", document);
    if (size !== undefined) {
      throw new ProblemsError(`policy ${policyName}`, [{ path: "document", message: size }]);
    }
    super("slipway:index:PermissionsBoundary", name, {}, opts);
    const policy = new aws.Policy(
      `${name}-policy`,
      {
        name: policyName,
        path,
        description,
        policy: JSON.stringify(document),
        ...(tags && { tags }),
      },
      { parent: this },
    );
    this.arn = policy.arn;
    this.registerOutputs({ arn: this.arn });
  }
}
