import { z } from "zod";
import { UserError } from "../../../rules/problems.ts";
import { resourceType, type ResourceType } from "../resource-type.ts";
import type { AwsClients } from "./clients.ts";
import { unlessGone } from "./faults.ts";
import { isSamePolicy, keepText, PolicyDocument } from "./policy-document.ts";

const inputs = z.strictObject({
  name: z.string().regex(/^[\w+=,.@-]{1,128}$/, {
    error: 'is no policy name (letters, digits and "+ = , . @ _ -", at most 128)',
  }),
  role: z.string(),
  policy: PolicyDocument,
});
/** Nothing of its own; the real provider's `namePrefix` is for names that it makes up. */
const outputs = z.object({ namePrefix: z.string().optional() });
const GONE = ["NoSuchEntityException", "NoSuchEntity"] as const;

/**
 * A policy inside a role; its id is `role:name`.
 * @see https://www.pulumi.com/registry/packages/aws/api-docs/iam/rolepolicy/
 */
export function rolePolicy({ iam }: AwsClients): ResourceType {
  async function put(wanted: z.output<typeof inputs>) {
    await iam.putRolePolicy({
      RoleName: wanted.role,
      PolicyName: wanted.name,
      PolicyDocument: wanted.policy,
    });
    return {};
  }

  return resourceType({
    inputs,
    outputs,
    stables: [],
    replaceOn: ["name", "role"],
    name: "name",
    same: { policy: isSamePolicy },
    async create(wanted) {
      return { id: idOf(wanted), outputs: await put(wanted) };
    },
    idOf,
    async read(id, known) {
      const { RoleName, PolicyName } = parts(id);
      const found = await unlessGone(iam.getRolePolicy({ RoleName, PolicyName }), ...GONE);
      if (found?.PolicyDocument === undefined) return undefined;
      const policy = keepText(known.policy, decodeURIComponent(found.PolicyDocument));
      return { role: RoleName, name: PolicyName, policy };
    },
    update: (_id, _state, wanted) => put(wanted),
    async delete(id) {
      await unlessGone(iam.deleteRolePolicy(parts(id)), ...GONE);
    },
  });
}

function idOf({ role, name }: z.output<typeof inputs>): string {
  return `${role}:${name}`;
}

function parts(id: string): { RoleName: string; PolicyName: string } {
  const [RoleName, PolicyName] = id.split(":");
  if (RoleName === undefined || PolicyName === undefined) {
    throw new UserError(`${id} is not the id of a role's policy; write ROLE:POLICY`);
  }
  return { RoleName, PolicyName };
}
