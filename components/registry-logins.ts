import * as ecr from "@pulumi/aws/ecr/index.js";
import type { Provider } from "@pulumi/aws/provider.js";
import * as pulumi from "@pulumi/pulumi";
import type { RegistryName } from "../catalog.ts";
import type { Login, Settings } from "../settings.ts";

/**
 * The login to each registry of a stack; ECR's on AWS lasts twelve hours and is asked for in every run.
 * @param aws the account's provider, where a registry has no login of its own
 */
export function registryLogins(
  { registries, aws: account }: Pick<Settings, "registries" | "aws">,
  aws: Provider | undefined,
): ReadonlyMap<RegistryName, Login> {
  return new Map(
    [...registries].map(([name, { credentials }]) => {
      if (credentials !== undefined) return [name, credentials];
      if (!account || !aws) throw new Error(`no login to ${name} in a stack without AWS`);
      return [name, ecrLogin(account.accountId, aws)];
    }),
  );
}

function ecrLogin(registryId: string, provider: Provider): Login {
  const token = ecr.getAuthorizationTokenOutput({ registryId }, { provider });
  return { username: pulumi.secret(token.userName), password: pulumi.secret(token.password) };
}
