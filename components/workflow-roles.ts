import * as pulumi from "@pulumi/pulumi";
import { boundaries } from "../rules/boundary.ts";
import { declaredRoles, type RolesArgs } from "../rules/roles.ts";
import { boundaryArn, githubProviderArn, type RoleKey } from "../rules/role-names.ts";
import type { TrustedRepository } from "../rules/trust-policy.ts";
import { GithubOidc } from "./github-oidc.ts";
import { PermissionsBoundary } from "./permissions-boundary.ts";
import { WorkflowRole } from "./workflow-role.ts";

/** Whose workflows assume the roles, and what these follow from. */
export interface WorkflowRolesArgs {
  readonly repository: TrustedRepository;
  readonly roles: RolesArgs;
  /** The account's OIDC provider for GitHub, of which there is one at most. */
  readonly oidcProvider: "create" | { readonly arn: string };
  readonly tags?: Readonly<Record<string, pulumi.Input<string>>>;
}

/**
 * The roles of an account that workflows of one repository assume, each with what it is for and no more. They wait for what
 * the component itself was told to wait for.
 */
export class WorkflowRoles extends pulumi.ComponentResource {
  /** By what the role is for. */
  readonly arns: Readonly<Record<RoleKey, pulumi.Output<string>>>;
  /** ARNs by the names that workflows know the roles by. */
  readonly arnsByName: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: WorkflowRolesArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("slipway:index:WorkflowRoles", name, {}, opts);
    const { repository, roles, oidcProvider, tags } = args;
    const shared = { ...(tags && { tags }) };
    const { account } = roles;
    const provider =
      oidcProvider === "create" ? new GithubOidc("github", shared, { parent: this }) : undefined;
    // The ARNs follow from the account, so that a plan shows every trust and every boundary whole.
    const providerArn =
      oidcProvider === "create"
        ? githubProviderArn(account.accountId, account.region)
        : oidcProvider.arn;
    const caps = new Map(
      boundaries(roles).map(({ key, ...policy }) => [
        key,
        new PermissionsBoundary(`${key}-boundary`, { ...shared, ...policy }, { parent: this }),
      ]),
    );
    const made = declaredRoles(roles).map(({ key, grants, boundary, ...role }) => {
      const trust = { providerArn, repository, grants };
      const cap = caps.get(boundary);
      if (cap === undefined) throw new Error(`role ${key} has no boundary ${boundary}`);
      const { arn } = new WorkflowRole(
        key,
        { ...shared, ...role, trust, boundaryArn: boundaryArn(boundary, account) },
        // What a component depends on, its children do not by themselves.
        pulumi.mergeOptions(
          { parent: this, dependsOn: provider === undefined ? [cap] : [cap, provider] },
          { ...(opts.dependsOn !== undefined && { dependsOn: opts.dependsOn }) },
        ),
      );
      return { key, roleName: role.roleName, arn };
    });
    this.arns = Object.fromEntries(made.map(({ key, arn }) => [key, arn])) as Record<
      RoleKey,
      pulumi.Output<string>
    >;
    this.arnsByName = Object.fromEntries(made.map(({ roleName, arn }) => [roleName, arn]));
    this.registerOutputs({ arns: this.arnsByName });
  }
}
