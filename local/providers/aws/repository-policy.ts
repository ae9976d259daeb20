import { z } from "zod";
import { resourceType, type ResourceType } from "../resource-type.ts";
import type { AwsClients } from "./clients.ts";
import { unlessGone } from "./faults.ts";
import { isSamePolicy, keepText, PolicyDocument } from "./policy-document.ts";

const inputs = z.strictObject({ repository: z.string(), policy: PolicyDocument });
const outputs = z.object({ registryId: z.string(), region: z.string() });
const GONE = ["RepositoryPolicyNotFoundException", "RepositoryNotFoundException"] as const;

/**
 * Who may pull from and push to an ECR repository; its id is the repository's name.
 * @see https://www.pulumi.com/registry/packages/aws/api-docs/ecr/repositorypolicy/
 */
export function repositoryPolicy({ ecr, region }: AwsClients): ResourceType {
  async function put(repositoryName: string, policyText: string) {
    const { registryId = "" } = await ecr.setRepositoryPolicy({ repositoryName, policyText });
    return { registryId, region };
  }

  return resourceType({
    inputs,
    outputs,
    stables: ["registryId", "region"],
    replaceOn: ["repository"],
    same: { policy: isSamePolicy },
    async create({ repository, policy }) {
      return { id: repository, outputs: await put(repository, policy) };
    },
    idOf: ({ repository }) => repository,
    async read(repository, known) {
      const found = await unlessGone(
        ecr.getRepositoryPolicy({ repositoryName: repository }),
        ...GONE,
      );
      if (found?.policyText === undefined) return undefined;
      const policy = keepText(known.policy, found.policyText);
      return { repository, policy, registryId: found.registryId ?? "", region };
    },
    update: (repository, _state, { policy }) => put(repository, policy),
    async delete(repository) {
      await unlessGone(ecr.deleteRepositoryPolicy({ repositoryName: repository }), ...GONE);
    },
  });
}
