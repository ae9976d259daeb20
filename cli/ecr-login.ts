import type { Credentials } from "../oci/authorization.ts";
import { RenewedLogin, type EndingLogin } from "../oci/renewed-login.ts";
import { dockerLogin } from "./docker-logins.ts";
import { warnOnce } from "./print/warn-once.ts";

/** Set by whoever means AWS to be asked by them. @see https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html */
const VARIABLES = [
  "AWS_ACCESS_KEY_ID",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_PROFILE",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];
/** Characters of AWS's own words that a warning quotes. */
const LONGEST_REASON = 300;

/**
 * A login for an account's ECR: a token by the credentials that AWS's tools use on this machine, or what `docker login`
 * left. AWS is asked first where the environment names its credentials: either login lasts twelve hours, and nothing in
 * Docker's tells whether they are over. Undefined when neither has one; AWS's refusal is told as a warning.
 * @param host `308535385114.dkr.ecr.us-east-1.amazonaws.com`
 * @throws UserError when Docker's configuration cannot be read
 */
export async function ecrLogin(
  host: string,
  region: string,
  warn: (line: string) => void = warnOnce,
): Promise<Credentials | undefined> {
  return (await endingLogin(host, region, warn))?.credentials;
}

/**
 * The same for hours: AWS is asked for another token before one ends, and when ECR refuses a login, Docker's too.
 * @throws UserError from `current`, when Docker's configuration cannot be read
 */
export function renewedEcrLogin(
  host: string,
  region: string,
  warn: (line: string) => void = warnOnce,
): RenewedLogin {
  return new RenewedLogin((refused) =>
    refused === undefined ? endingLogin(host, region, warn) : ecrToken(region, warn),
  );
}

async function endingLogin(
  host: string,
  region: string,
  warn: (line: string) => void,
): Promise<EndingLogin | undefined> {
  const isNamed = VARIABLES.some((name) => (process.env[name] ?? "") !== "");
  const token = isNamed ? await ecrToken(region, warn) : undefined;
  if (token !== undefined) return token;
  const credentials = await dockerLogin(host, warn);
  if (credentials !== undefined) return { credentials };
  return isNamed ? undefined : ecrToken(region, warn);
}

/** @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html */
async function ecrToken(
  region: string,
  warn: (line: string) => void,
): Promise<EndingLogin | undefined> {
  // Loaded by those alone who ask AWS: it takes longer than a registry's answer.
  const { ECR } = await import("@aws-sdk/client-ecr");
  const ecr = new ECR({ region });
  const what = `AWS gave no login for ECR in ${region}`;
  try {
    const { authorizationData = [] } = await ecr.getAuthorizationToken({});
    const { authorizationToken: token = "", expiresAt } = authorizationData[0] ?? {};
    const [username = "", password = ""] = Buffer.from(token, "base64").toString("utf8").split(":");
    if (username !== "" && password !== "") {
      return { credentials: { username, password }, expires: expiresAt?.getTime() };
    }
    warn(`${what}: its answer holds no token`);
  } catch (error) {
    // ECR then answers 401, and that error names the repository, but not why there is no login.
    warn(`${what}: ${reasonOf(error)}; check the credentials of AWS on this machine`);
  } finally {
    ecr.destroy();
  }
  return undefined;
}

/** The first line of what AWS or its library says: those after it may quote the request, with its session token. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A connection that failed to several addresses has a code and no message.
  const said = error.message || String((error as NodeJS.ErrnoException).code);
  return `${error.name}: ${said.split("\n", 1)[0]?.slice(0, LONGEST_REASON) ?? ""}`;
}
