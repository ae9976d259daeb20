import { paginateListPolicies, paginateListPolicyVersions } from "@aws-sdk/client-iam";
import { z } from "zod";
import { resourceType, type ResourceType } from "../resource-type.ts";
import type { AwsClients } from "./clients.ts";
import { unlessGone } from "./faults.ts";
import { isSamePolicy, keepText, PolicyDocument } from "./policy-document.ts";
import { fromSdkTags, tagChanges, Tags, toSdkTags } from "./tags.ts";

const inputs = z.strictObject({
  name: z.string().regex(/^[\w+=,.@-]{1,128}$/, {
    error: 'is no policy name (letters, digits and "+ = , . @ _ -", at most 128)',
  }),
  policy: PolicyDocument,
  description: z.string().max(1000).optional(),
  path: z.string().default("/"),
  tags: Tags.optional(),
});
const outputs = z.object({
  arn: z.string(),
  policyId: z.string(),
  /** How many users, groups and roles it is attached to; a boundary is not attached. */
  attachmentCount: z.number(),
  /** The real provider's, for names that it makes up. */
  namePrefix: z.string().default(""),
  tagsAll: Tags,
});
const GONE = ["NoSuchEntityException", "NoSuchEntity"] as const;
/**
 * Versions that AWS keeps at most.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html
 */
const MOST_VERSIONS = 5;

/**
 * A managed policy; its id is its ARN. What counts is the version that is the default: a change makes a new one and, where
 * there are as many as AWS keeps, takes the oldest of the others away.
 * @see https://www.pulumi.com/registry/packages/aws/api-docs/iam/policy/
 */
export function policy({ iam }: AwsClients): ResourceType {
  async function read(PolicyArn: string, knownPolicy: string | undefined) {
    const found = (await unlessGone(iam.getPolicy({ PolicyArn }), ...GONE))?.Policy;
    if (found === undefined) return undefined;
    const { PolicyVersion } = await iam.getPolicyVersion({
      PolicyArn,
      VersionId: found.DefaultVersionId,
    });
    const tags = fromSdkTags(found.Tags);
    return {
      name: found.PolicyName ?? "",
      policy: keepText(knownPolicy, decodeURIComponent(PolicyVersion?.Document ?? "")),
      description: found.Description === "" ? undefined : found.Description,
      path: found.Path ?? "/",
      tags,
      arn: PolicyArn,
      policyId: found.PolicyId ?? "",
      attachmentCount: found.AttachmentCount ?? 0,
      namePrefix: "",
      tagsAll: tags ?? {},
    };
  }

  async function mustRead(arn: string) {
    const state = await read(arn, undefined);
    if (state === undefined) throw new Error(`IAM policy ${arn} is gone right after a change`);
    return outputs.parse(state);
  }

  /** Oldest first. */
  async function versionsBesideDefault(PolicyArn: string): Promise<string[]> {
    const versions: { id: string; number: number }[] = [];
    for await (const page of paginateListPolicyVersions({ client: iam }, { PolicyArn })) {
      for (const { VersionId: id = "", IsDefaultVersion } of page.Versions ?? []) {
        if (!IsDefaultVersion) versions.push({ id, number: Number(id.replace("v", "")) });
      }
    }
    return versions.sort((a, b) => a.number - b.number).map(({ id }) => id);
  }

  async function replaceDefault(PolicyArn: string, PolicyDocument: string): Promise<void> {
    const others = await versionsBesideDefault(PolicyArn);
    const [oldest] = others;
    if (oldest !== undefined && others.length + 1 >= MOST_VERSIONS) {
      await iam.deletePolicyVersion({ PolicyArn, VersionId: oldest });
    }
    await iam.createPolicyVersion({ PolicyArn, PolicyDocument, SetAsDefault: true });
  }

  return resourceType({
    inputs,
    outputs,
    stables: ["arn", "policyId"],
    replaceOn: ["name", "path", "description"],
    name: "name",
    same: { policy: isSamePolicy },
    async create(wanted) {
      const { Policy } = await iam.createPolicy({
        PolicyName: wanted.name,
        PolicyDocument: wanted.policy,
        Description: wanted.description,
        Path: wanted.path,
        Tags: toSdkTags(wanted.tags),
      });
      const arn = Policy?.Arn ?? "";
      return { id: arn, outputs: await mustRead(arn) };
    },
    async idOf({ name, path }) {
      const query = { Scope: "Local", PathPrefix: path } as const;
      for await (const { Policies = [] } of paginateListPolicies({ client: iam }, query)) {
        const same = Policies.find(({ PolicyName, Path }) => PolicyName === name && Path === path);
        if (same?.Arn !== undefined) return same.Arn;
      }
      return undefined;
    },
    read: (arn, known) => read(arn, known.policy),
    async update(PolicyArn, state, wanted) {
      if (!isSamePolicy(state.policy, wanted.policy)) {
        await replaceDefault(PolicyArn, wanted.policy);
      }
      const { set, remove } = tagChanges(state.tags, wanted.tags);
      if (set.length > 0) await iam.tagPolicy({ PolicyArn, Tags: set });
      if (remove.length > 0) await iam.untagPolicy({ PolicyArn, TagKeys: remove });
      return mustRead(PolicyArn);
    },
    async delete(PolicyArn) {
      const others = await unlessGone(versionsBesideDefault(PolicyArn), ...GONE);
      for (const VersionId of others ?? []) {
        await unlessGone(iam.deletePolicyVersion({ PolicyArn, VersionId }), ...GONE);
      }
      await unlessGone(iam.deletePolicy({ PolicyArn }), ...GONE);
    },
  });
}
