import * as aws from "@pulumi/aws/iam/index.js";
import * as pulumi from "@pulumi/pulumi";
import { sizeProblem } from "../rules/permissions-size.ts";
import type { PolicyDocument } from "../rules/policy-document.ts";
import { ProblemsError } from "../rules/problems.ts";
import {
  sessionProblem,
  type TrustArgs,
  trustPolicy,
  trustProblems,
} from "../rules/trust-policy.ts";

/** Name, boundary, trust, permissions and session length of the role. */
export interface WorkflowRoleArgs {
  /** Name that workflows know it by; changing this replaces the role. */
  readonly roleName: string;
  /** IAM path, with a slash at both ends; changing this replaces the role. */
  readonly path: string;
  /** ARN of the managed policy that caps what the role can do. */
  readonly boundaryArn: string;
  /** One sentence for whoever finds the role in the account. */
  readonly description: string;
  /** Who may assume it, through which of the account's OIDC providers. */
  readonly trust: TrustArgs & { readonly providerArn: string };
  /** What it may do. */
  readonly permissions: PolicyDocument;
  /**
   * Longest session in seconds, 3600 to 43200.
   * @defaultValue 3600
   */
  readonly maxSessionSeconds?: number;
  readonly tags?: Readonly<Record<string, pulumi.Input<string>>>;
}

/**
 * A role that GitHub workflows assume by their OIDC token, with exactly one policy.
 *
 * An inline policy that someone adds by hand, and a managed policy that someone attaches, is seen by the next preview that
 * refreshes and taken away by the update.
 *
 * @example
 * new WorkflowRole("read-only", {
 *   roleName: "gha_workflow_s3_and_ecr_read_only",
 *   path: "/slipway/",
 *   boundaryArn: "arn:aws:iam::308535385114:policy/slipway/slipway-workflow-boundary",
 *   description: "Pulls images",
 *   trust: {
 *     providerArn: githubProviderArn("308535385114", "us-east-1"),
 *     repository: { owner: "pytorch", name: "pytorch", subjectForm: "name" },
 *     grants: [{ branch: "main" }],
 *   },
 *   permissions: readOnlyPermissions({
 *     accountId: "308535385114",
 *     region: "us-east-1",
 *     repositories: ["pytorch/ci-image"],
 *     buckets: [],
 *   }),
 * });
 */
export class WorkflowRole extends pulumi.ComponentResource {
  /** The role itself, for what this component has no word for. */
  readonly role: aws.Role;
  readonly arn: pulumi.Output<string>;

  /**
   * @throws ProblemsError that lists every grant that is empty, wide or malformed, a wrong session length and permissions
   * that are longer than IAM takes.
   */
  constructor(name: string, args: WorkflowRoleArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const { roleName, trust, maxSessionSeconds = 3600 } = args;
    const problems = trustProblems(trust);
    const session = sessionProblem(maxSessionSeconds);
    const size = sizeProblem("role", args.permissions);
    if (session !== undefined) problems.push({ path: "maxSessionSeconds", message: session });
    if (size !== undefined) problems.push({ path: "permissions", message: size });
    if (problems.length > 0) throw new ProblemsError(`role ${roleName}`, problems);
    super("slipway:index:WorkflowRole", name, {}, opts);
    this.role = new aws.Role(
      `${name}-role`,
      {
        name: roleName,
        path: args.path,
        permissionsBoundary: args.boundaryArn,
        description: args.description,
        assumeRolePolicy: JSON.stringify(trustPolicy(trust.providerArn, trust)),
        maxSessionDuration: maxSessionSeconds,
        ...(args.tags && { tags: args.tags }),
      },
      // What a component depends on, its children do not by themselves.
      { parent: this, ...(opts.dependsOn !== undefined && { dependsOn: opts.dependsOn }) },
    );
    const policy = new aws.RolePolicy(
      `${name}-policy`,
      { role: this.role.name, name: roleName, policy: JSON.stringify(args.permissions) },
      { parent: this },
    );
    new aws.RolePoliciesExclusive(
      `${name}-policies`,
      { roleName: this.role.name, policyNames: [policy.name] },
      { parent: this },
    );
    new aws.RolePolicyAttachmentsExclusive(
      `${name}-attachments`,
      { roleName: this.role.name, policyArns: [] },
      // Where a role had its permissions attached before, jobs lose them only once they have the policy.
      { parent: this, dependsOn: [policy] },
    );
    this.arn = this.role.arn;
    this.registerOutputs({ arn: this.arn });
  }
}
