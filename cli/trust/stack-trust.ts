import { declaredEnvironments } from "../../rules/declared-environments.ts";
import { declaredSecrets } from "../../rules/declared-secrets.ts";
import { readIamPolicy } from "../../rules/iam-document.ts";
import type { PolicyDocument } from "../../rules/policy-document.ts";
import { ProblemsError } from "../../rules/problems.ts";
import { deploymentPolicies } from "../../rules/refs.ts";
import { githubProviderArn, type RoleKey } from "../../rules/role-names.ts";
import { rolesArgs } from "../../rules/roles-args.ts";
import { declaredRoles } from "../../rules/roles.ts";
import { behind, declaredRulesets, type RefUse, refUses } from "../../rules/rulesets.ts";
import { grantWords } from "../../rules/trust-grants.ts";
import { type TrustedRepository, trustPolicy } from "../../rules/trust-policy.ts";
import { type TrustRow, trustTable } from "../../rules/trust-table.ts";
import { trustedRepository } from "../../rules/trusted-repository.ts";
import { stackConfiguration } from "../stack-configuration.ts";

/** Who gets what in a stack, and what that rests on. */
export interface StackTrust {
  readonly stack: string;
  readonly repository: TrustedRepository;
  readonly roles: readonly RoleTrust[];
  /** Every pattern of refs that an environment admits or a role trusts. */
  readonly refs: readonly RefTrust[];
}

/** One role of a stack and what becomes of every token. */
export interface RoleTrust {
  readonly key: RoleKey;
  /** Name of the role. */
  readonly role: string;
  /** In words. */
  readonly grants: readonly string[];
  /** The document that the stack declares. */
  readonly policy: PolicyDocument;
  readonly rows: readonly TrustRow[];
}

/** A pattern of refs that something rests on. */
export interface RefTrust extends RefUse {
  /** Name of the ruleset that every such ref is under; null for none. */
  readonly ruleset: string | null;
  /** Whether a secret or a trust rests on it. */
  readonly needed: boolean;
}

/** Which tokens assume the roles that a stack declares, and which rulesets stand behind the refs that it admits. */
export async function stackTrust(stack: string): Promise<StackTrust> {
  const { configuration, catalog } = await stackConfiguration(stack);
  const repository = trustedRepository(configuration);
  if (configuration.owns === "images") return { stack, repository, roles: [], refs: [] };
  const schemes = configuration.families.flatMap((name) => catalog.get(name)?.scheme ?? []);
  const environments = declaredEnvironments(configuration, schemes);
  // Other stacks may publish from the same repository, in environments of their own.
  const everyScheme = [...catalog.values()].map(({ scheme }) => scheme);
  const names = [
    ...environments.map(({ name }) => name),
    ...deploymentPolicies(everyScheme).keys(),
  ];
  const { awsAccountId, awsRegion, oidcProvider } = configuration;
  const roles =
    awsAccountId === "" ? [] : declaredRoles(rolesArgs(configuration, [...catalog.values()]));
  const provider =
    oidcProvider === "create" ? githubProviderArn(awsAccountId, awsRegion) : oidcProvider;
  const setting = {
    environments: [...new Set(names)],
    grants: roles.flatMap(({ grants }) => grants),
  };
  const holding = new Set(declaredSecrets(configuration).map(({ environment }) => environment));
  const rulesets = declaredRulesets(schemes, configuration.refCreators);
  const uses = refUses({
    environments: environments.map((one) => ({ ...one, holdsSecrets: holding.has(one.name) })),
    roles,
  });
  return {
    stack,
    repository,
    roles: roles.map(({ key, roleName, grants }) => {
      const trust = { repository, grants };
      const policy = trustPolicy(provider, trust);
      // What is judged is the text that AWS would be given.
      const declared = readIamPolicy(JSON.parse(JSON.stringify(policy)));
      if ("problems" in declared) throw new ProblemsError(roleName, declared.problems);
      const rows = trustTable(declared.policy, provider, trust, setting);
      return { key, role: roleName, grants: grants.map(grantWords), policy, rows };
    }),
    refs: uses.map(({ by, ref, holdsSecrets, trusted }) => ({
      by,
      ref,
      ruleset: behind(ref, rulesets)?.name ?? null,
      needed: holdsSecrets || trusted,
    })),
  };
}
