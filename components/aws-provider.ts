import { Provider } from "@pulumi/aws/provider.js";
import type { AwsSettings } from "../settings.ts";

/** Access to the stack's account and to no other, or to what stands in for it on this machine. */
export function awsProvider({ accountId, region, endpoint }: AwsSettings): Provider {
  const account = { region, allowedAccountIds: [accountId] };
  if (endpoint === undefined) return new Provider("aws", account);
  return new Provider("aws", {
    ...account,
    endpoints: [{ ecr: endpoint, iam: endpoint, sts: endpoint, s3: endpoint }],
    // The emulator takes any.
    accessKey: "local",
    secretKey: "local",
    skipCredentialsValidation: true,
    skipMetadataApiCheck: true,
    s3UsePathStyle: true,
  });
}
