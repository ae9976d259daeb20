import { ECR } from "@aws-sdk/client-ecr";
import type { Credentials } from "../oci/authorization.ts";

/**
 * A login for the account's ECR, by the credentials that AWS's tools use on this machine; undefined when there are none,
 * or they may not ask for it. It lasts twelve hours.
 * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html
 */
export async function ecrLogin(region: string): Promise<Credentials | undefined> {
  try {
    const { authorizationData = [] } = await new ECR({ region }).getAuthorizationToken({});
    const token = authorizationData[0]?.authorizationToken ?? "";
    const [username = "", password = ""] = Buffer.from(token, "base64").toString("utf8").split(":");
    return username === "" || password === "" ? undefined : { username, password };
  } catch {
    // Asked anonymously, ECR then answers 401, and that error names the repository and what to do.
    return undefined;
  }
}
