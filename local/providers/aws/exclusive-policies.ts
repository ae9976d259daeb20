import { paginateListAttachedRolePolicies, paginateListRolePolicies } from "@aws-sdk/client-iam";
import { z } from "zod";
import { UserError } from "../../../rules/problems.ts";
import { resourceType, type ResourceType } from "../resource-type.ts";
import type { AwsClients } from "./clients.ts";
import { unlessGone } from "./faults.ts";

/** Nothing of their own. */
const outputs = z.looseObject({});
const GONE = ["NoSuchEntityException", "NoSuchEntity"] as const;

/**
 * The rule that a role holds the named inline policies and no other; its id is the role's name. Deleting it only ends the
 * rule. It may be created twice, so it needs no `idOf`.
 * @see https://www.pulumi.com/registry/packages/aws/api-docs/iam/rolepoliciesexclusive/
 */
export function rolePoliciesExclusive({ iam }: AwsClients): ResourceType {
  const inputs = z.strictObject({ roleName: z.string(), policyNames: z.array(z.string()) });

  async function list(RoleName: string): Promise<string[]> {
    const names: string[] = [];
    for await (const page of paginateListRolePolicies({ client: iam }, { RoleName })) {
      names.push(...(page.PolicyNames ?? []));
    }
    return names;
  }

  async function enforce({ roleName: RoleName, policyNames }: z.output<typeof inputs>) {
    const found = await list(RoleName);
    const missing = without(policyNames, found);
    // The real provider would put a policy without a document, which AWS refuses.
    if (missing.length > 0) {
      throw new UserError(
        `policyNames: role ${RoleName} has no inline policy ${missing.join(", ")}; declare each as an aws.iam.RolePolicy and take its name from there`,
      );
    }
    for (const PolicyName of without(found, policyNames)) {
      await unlessGone(iam.deleteRolePolicy({ RoleName, PolicyName }), ...GONE);
    }
    return {};
  }

  return resourceType({
    inputs,
    outputs,
    stables: [],
    replaceOn: ["roleName"],
    same: { policyNames: isSameSet },
    create: async (wanted) => ({ id: wanted.roleName, outputs: await enforce(wanted) }),
    async read(roleName) {
      const policyNames = await unlessGone(list(roleName), ...GONE);
      return policyNames && { roleName, policyNames };
    },
    update: (_id, _state, wanted) => enforce(wanted),
    delete: async () => undefined,
  });
}

/**
 * The rule that a role has the named managed policies attached and no other; its id is the role's name. Deleting it only
 * ends the rule. It may be created twice, so it needs no `idOf`.
 * @see https://www.pulumi.com/registry/packages/aws/api-docs/iam/rolepolicyattachmentsexclusive/
 */
export function rolePolicyAttachmentsExclusive({ iam }: AwsClients): ResourceType {
  const inputs = z.strictObject({ roleName: z.string(), policyArns: z.array(z.string()) });

  async function list(RoleName: string): Promise<string[]> {
    const arns: string[] = [];
    for await (const page of paginateListAttachedRolePolicies({ client: iam }, { RoleName })) {
      arns.push(...(page.AttachedPolicies ?? []).flatMap(({ PolicyArn }) => PolicyArn ?? []));
    }
    return arns;
  }

  async function enforce({ roleName: RoleName, policyArns }: z.output<typeof inputs>) {
    const found = await list(RoleName);
    for (const PolicyArn of without(policyArns, found)) {
      await iam.attachRolePolicy({ RoleName, PolicyArn });
    }
    for (const PolicyArn of without(found, policyArns)) {
      await unlessGone(iam.detachRolePolicy({ RoleName, PolicyArn }), ...GONE);
    }
    return {};
  }

  return resourceType({
    inputs,
    outputs,
    stables: [],
    replaceOn: ["roleName"],
    same: { policyArns: isSameSet },
    create: async (wanted) => ({ id: wanted.roleName, outputs: await enforce(wanted) }),
    async read(roleName) {
      const policyArns = await unlessGone(list(roleName), ...GONE);
      return policyArns && { roleName, policyArns };
    },
    update: (_id, _state, wanted) => enforce(wanted),
    delete: async () => undefined,
  });
}

function without(items: readonly string[], others: readonly string[]): string[] {
  return items.filter((item) => !others.includes(item));
}

/** The service has an order of its own. */
function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return without(a, b).length === 0 && without(b, a).length === 0;
}
