import { z } from "zod";
import { resourceType, type ResourceType } from "../resource-type.ts";
import type { AwsClients } from "./clients.ts";
import { unlessGone } from "./faults.ts";
import { isSamePolicy, keepText, PolicyDocument } from "./policy-document.ts";
import { fromSdkTags, tagChanges, Tags, toSdkTags } from "./tags.ts";

const inputs = z.strictObject({
  name: z.string().regex(/^[\w+=,.@-]{1,64}$/, {
    error: 'is no role name (letters, digits and "+ = , . @ _ -", at most 64)',
  }),
  assumeRolePolicy: PolicyDocument,
  description: z.string().max(1000).optional(),
  maxSessionDuration: z
    .int({ error: "write a whole number of seconds" })
    .min(3600, { error: "is less than 3600 seconds" })
    .max(43200, { error: "is more than 43200 seconds" })
    .default(3600),
  path: z.string().default("/"),
  permissionsBoundary: z.string().optional(),
  tags: Tags.optional(),
});
const outputs = z.object({
  arn: z.string(),
  createDate: z.string(),
  uniqueId: z.string(),
  tagsAll: Tags,
});
const GONE = ["NoSuchEntityException", "NoSuchEntity"] as const;

/**
 * An IAM role; its id is its name.
 * @see https://www.pulumi.com/registry/packages/aws/api-docs/iam/role/
 */
export function role({ iam }: AwsClients): ResourceType {
  async function read(name: string, knownPolicy: string | undefined) {
    const found = await unlessGone(iam.getRole({ RoleName: name }), ...GONE);
    if (found?.Role === undefined) return undefined;
    const { Role } = found;
    const tags = fromSdkTags(Role.Tags);
    const document = decodeURIComponent(Role.AssumeRolePolicyDocument ?? "");
    return {
      name,
      assumeRolePolicy: keepText(knownPolicy, document),
      // A description that was removed stays there as an empty one.
      description: Role.Description === "" ? undefined : Role.Description,
      maxSessionDuration: Role.MaxSessionDuration ?? 3600,
      path: Role.Path ?? "/",
      permissionsBoundary: Role.PermissionsBoundary?.PermissionsBoundaryArn,
      tags,
      arn: Role.Arn ?? "",
      createDate: Role.CreateDate?.toISOString() ?? "",
      uniqueId: Role.RoleId ?? "",
      tagsAll: tags ?? {},
    };
  }

  async function mustRead(name: string) {
    const state = await read(name, undefined);
    if (state === undefined) throw new Error(`IAM role ${name} is gone right after a change`);
    return outputs.parse(state);
  }

  return resourceType({
    inputs,
    outputs,
    stables: ["arn", "createDate", "uniqueId"],
    replaceOn: ["name", "path"],
    name: "name",
    same: { assumeRolePolicy: isSamePolicy },
    async create(wanted) {
      await iam.createRole({
        RoleName: wanted.name,
        AssumeRolePolicyDocument: wanted.assumeRolePolicy,
        Description: wanted.description,
        MaxSessionDuration: wanted.maxSessionDuration,
        Path: wanted.path,
        PermissionsBoundary: wanted.permissionsBoundary,
        Tags: toSdkTags(wanted.tags),
      });
      return { id: wanted.name, outputs: await mustRead(wanted.name) };
    },
    idOf: ({ name }) => name,
    read: (id, known) => read(id, known.assumeRolePolicy),
    async update(name, state, wanted) {
      const RoleName = name;
      if (!isSamePolicy(state.assumeRolePolicy, wanted.assumeRolePolicy)) {
        const PolicyDocument = wanted.assumeRolePolicy;
        await iam.updateAssumeRolePolicy({ RoleName, PolicyDocument });
      }
      // One request sets both; what it leaves out falls back to the default.
      await iam.updateRole({
        RoleName,
        Description: wanted.description ?? "",
        MaxSessionDuration: wanted.maxSessionDuration,
      });
      if (wanted.permissionsBoundary !== undefined) {
        const PermissionsBoundary = wanted.permissionsBoundary;
        await iam.putRolePermissionsBoundary({ RoleName, PermissionsBoundary });
      } else if (state.permissionsBoundary !== undefined) {
        await iam.deleteRolePermissionsBoundary({ RoleName });
      }
      const { set, remove } = tagChanges(state.tags, wanted.tags);
      if (set.length > 0) await iam.tagRole({ RoleName, Tags: set });
      if (remove.length > 0) await iam.untagRole({ RoleName, TagKeys: remove });
      return mustRead(name);
    },
    async delete(name) {
      await unlessGone(iam.deleteRole({ RoleName: name }), ...GONE);
    },
  });
}
