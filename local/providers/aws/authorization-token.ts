import { z } from "zod";
import { UserError } from "../../../rules/problems.ts";
import type { Properties } from "../../../provider/property-values.ts";
import type { AwsClients } from "./clients.ts";

const Arguments = z.strictObject({ registryId: z.string().optional() });

/**
 * A login for ECR, as the service at the endpoint gives it; AWS no longer heeds the registry's id. moto's is expired and names Amazon's real host: it is there
 * so that a program that asks for it runs, and no login of the local cloud comes from it.
 * @see https://www.pulumi.com/registry/packages/aws/api-docs/ecr/getauthorizationtoken/
 */
export function authorizationToken({ ecr, region }: AwsClients) {
  return async (args: Properties): Promise<Properties> => {
    const parsed = Arguments.safeParse(args);
    if (!parsed.success) {
      throw new UserError(
        `getAuthorizationToken: the local aws provider implements only registryId, found ${Object.keys(args).join(", ")}`,
      );
    }
    const { registryId } = parsed.data;
    const { authorizationData = [] } = await ecr.getAuthorizationToken({});
    const { authorizationToken: token = "", expiresAt, proxyEndpoint } = authorizationData[0] ?? {};
    const [userName, password] = Buffer.from(token, "base64").toString("utf8").split(":");
    return {
      id: region,
      region,
      ...(registryId !== undefined && { registryId }),
      authorizationToken: token,
      expiresAt: expiresAt?.toISOString() ?? "",
      proxyEndpoint: proxyEndpoint ?? "",
      userName: userName ?? "",
      password: password ?? "",
    };
  };
}
