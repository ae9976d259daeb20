import { authorizationToken } from "./aws/authorization-token.ts";
import { AwsClients } from "./aws/clients.ts";
import { AwsConfig } from "./aws/config.ts";
import { rolePoliciesExclusive, rolePolicyAttachmentsExclusive } from "./aws/exclusive-policies.ts";
import { explainAwsFault } from "./aws/faults.ts";
import { lifecyclePolicy } from "./aws/lifecycle-policy.ts";
import { openIdConnectProvider } from "./aws/open-id-connect-provider.ts";
import { policy } from "./aws/policy.ts";
import { repository } from "./aws/repository.ts";
import { repositoryPolicy } from "./aws/repository-policy.ts";
import { role } from "./aws/role.ts";
import { rolePolicy } from "./aws/role-policy.ts";
import { providerConfig } from "./provider-config.ts";
import { resourceProvider, type LocalProvider } from "./resource-provider.ts";

/**
 * The part of the `aws` provider that the stack uses, over an emulator of AWS. It only speaks to the endpoints that it
 * is given, never to AWS.
 * @param config the inputs of an `aws.Provider`: region, accessKey, secretKey, endpoints, allowedAccountIds, skip flags
 * @throws {ProblemsError} when the configuration lacks an endpoint or holds something that is not implemented
 * @see https://www.pulumi.com/registry/packages/aws/
 */
export function awsProvider(config: Record<string, unknown>): LocalProvider {
  const aws = new AwsClients(providerConfig("aws", AwsConfig, config));
  return resourceProvider({
    name: "aws",
    resources: {
      "aws:ecr/repository:Repository": repository(aws),
      "aws:ecr/lifecyclePolicy:LifecyclePolicy": lifecyclePolicy(aws),
      "aws:ecr/repositoryPolicy:RepositoryPolicy": repositoryPolicy(aws),
      "aws:iam/openIdConnectProvider:OpenIdConnectProvider": openIdConnectProvider(aws),
      "aws:iam/policy:Policy": policy(aws),
      "aws:iam/role:Role": role(aws),
      "aws:iam/rolePolicy:RolePolicy": rolePolicy(aws),
      "aws:iam/rolePoliciesExclusive:RolePoliciesExclusive": rolePoliciesExclusive(aws),
      "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive":
        rolePolicyAttachmentsExclusive(aws),
    },
    functions: {
      "aws:ecr/getAuthorizationToken:getAuthorizationToken": authorizationToken(aws),
    },
    ready: () => aws.ready(),
    explain: (error) => explainAwsFault(error, aws.endpoints),
    cancel: async () => aws.destroy(),
  });
}
