import { sign, verify, type KeyObject } from "node:crypto";
import { z } from "zod";
import { GITHUB_ISSUER } from "../../rules/trust-policy.ts";

/** Who tokens of jobs are said to be of; here another key signs them than GitHub's. */
export const ISSUER = `https://${GITHUB_ISSUER}`;
/** Who Fulcio's tokens must be for. */
export const AUDIENCE = "sigstore";
/** Seconds. */
const LIFETIME = 300;

/**
 * The claims of a job that Fulcio reads, all texts.
 * @see https://docs.github.com/en/actions/reference/security/oidc
 */
export const JobClaims = z.object({
  sub: z.string().min(1),
  /** `OWNER/NAME/.github/workflows/FILE@REF` of the job's workflow, and of the one that the run is of. */
  job_workflow_ref: z.string().min(1),
  job_workflow_sha: z.string(),
  workflow_ref: z.string().min(1),
  workflow_sha: z.string(),
  workflow: z.string(),
  repository: z.string().min(1),
  repository_id: z.string(),
  repository_owner: z.string(),
  repository_owner_id: z.string(),
  repository_visibility: z.string(),
  ref: z.string(),
  sha: z.string(),
  event_name: z.string(),
  run_id: z.string(),
  run_attempt: z.string(),
  runner_environment: z.string(),
  /** Of a job with an environment alone. */
  environment: z.string().optional(),
});
export type JobClaims = z.infer<typeof JobClaims>;

const Registered = z.object({
  iss: z.literal(ISSUER),
  aud: z.literal(AUDIENCE),
  /** Seconds since 1970. */
  exp: z.number(),
  nbf: z.number(),
});

/** A token of a job as GitHub gives it. @param audience whom the job asked it for */
export function jobToken(
  claims: JobClaims,
  key: KeyObject,
  {
    audience = AUDIENCE,
    now = new Date(),
  }: { readonly audience?: string; readonly now?: Date } = {},
): string {
  const seconds = Math.floor(now.getTime() / 1000);
  const words = [
    { alg: "RS256", typ: "JWT" },
    {
      ...claims,
      iss: ISSUER,
      aud: audience,
      nbf: seconds - LIFETIME,
      iat: seconds,
      exp: seconds + LIFETIME,
    },
  ].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
  const signed = words.join(".");
  const signature = sign("RSA-SHA256", Buffer.from(signed), key);
  return `${signed}.${signature.toString("base64url")}`;
}

/**
 * What a token says, when the issuer's key signed it, for Sigstore, and it is not over.
 * @param key the issuer's public one
 * @returns undefined when it does not count, whatever the reason
 */
export function readJobToken(token: string, key: KeyObject, now: Date): JobClaims | undefined {
  const [header = "", payload = "", signature = "", ...more] = token.split(".");
  const { alg } = decoded(header) as { readonly alg?: unknown };
  if (alg !== "RS256" || more.length > 0) return undefined;
  const signed = Buffer.from(`${header}.${payload}`);
  if (!verify("RSA-SHA256", signed, key, Buffer.from(signature, "base64url"))) return undefined;
  const registered = Registered.safeParse(decoded(payload));
  const seconds = now.getTime() / 1000;
  if (!registered.success || registered.data.nbf > seconds || registered.data.exp <= seconds) {
    return undefined;
  }
  return JobClaims.safeParse(decoded(payload)).data;
}

function decoded(part: string): object {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
