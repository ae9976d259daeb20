import { z } from "zod";
import { resourceType, type ResourceType } from "../resource-type.ts";
import type { AwsClients } from "./clients.ts";
import { unlessGone } from "./faults.ts";
import { isSamePolicy, keepText, PolicyDocument } from "./policy-document.ts";

const inputs = z.strictObject({ repository: z.string(), policy: PolicyDocument });
const outputs = z.object({ registryId: z.string(), region: z.string() });
const GONE = ["LifecyclePolicyNotFoundException", "RepositoryNotFoundException"] as const;

/**
 * The lifecycle policy of an ECR repository; its id is the repository's name. As with the real provider another policy
 * is a replacement, so a program has to say `deleteBeforeReplace`.
 * @see https://www.pulumi.com/registry/packages/aws/api-docs/ecr/lifecyclepolicy/
 */
export function lifecyclePolicy({ ecr, region }: AwsClients): ResourceType {
  return resourceType({
    inputs,
    outputs,
    stables: ["registryId", "region"],
    replaceOn: ["repository", "policy"],
    same: { policy: isSamePolicy },
    async create({ repository, policy }) {
      const put = await ecr.putLifecyclePolicy({
        repositoryName: repository,
        lifecyclePolicyText: policy,
      });
      return { id: repository, outputs: { registryId: put.registryId ?? "", region } };
    },
    idOf: ({ repository }) => repository,
    async read(repository, known) {
      const found = await unlessGone(
        ecr.getLifecyclePolicy({ repositoryName: repository }),
        ...GONE,
      );
      if (found?.lifecyclePolicyText === undefined) return undefined;
      const policy = keepText(known.policy, found.lifecyclePolicyText);
      return { repository, policy, registryId: found.registryId ?? "", region };
    },
    async update(repository) {
      throw new Error(`lifecycle policy of ${repository}: nothing of it changes in place`);
    },
    async delete(repository) {
      await unlessGone(ecr.deleteLifecyclePolicy({ repositoryName: repository }), ...GONE);
    },
  });
}
