import { z } from "zod";

/** The inputs of `aws.Provider` that an emulator needs; the skip flags are accepted and mean nothing here. */
export const AwsConfig = z.strictObject({
  region: z.string(),
  accessKey: z.string(),
  secretKey: z.string(),
  /** One object with a URL for each service, as the real provider takes it. */
  endpoints: z.tuple([
    z.strictObject({ ecr: z.url(), iam: z.url(), sts: z.url(), s3: z.url().optional() }),
  ]),
  allowedAccountIds: z.array(z.string()).default([]),
  skipCredentialsValidation: z.boolean().optional(),
  skipMetadataApiCheck: z.boolean().optional(),
  skipRegionValidation: z.boolean().optional(),
  skipRequestingAccountId: z.boolean().optional(),
  s3UsePathStyle: z.boolean().optional(),
});
export type AwsConfig = z.output<typeof AwsConfig>;
