import { createPublicKey, verify, X509Certificate, type KeyObject } from "node:crypto";
import { z } from "zod";
import { UserError } from "../../rules/problems.ts";
import { runInvocation } from "../../rules/pins/provenance.ts";
import { issueCertificate, rootCertificate } from "./certificate-authority.ts";
import { ISSUER, readJobToken, type JobClaims } from "./job-token.ts";
import type { SigstoreKeys } from "./keys.ts";

/** @see https://github.com/sigstore/fulcio/blob/main/fulcio.proto */
const Request = z.object({
  credentials: z.object({ oidcIdentityToken: z.string() }),
  publicKeyRequest: z.object({
    publicKey: z.object({ content: z.string() }),
    /** In base64: the subject of the token, signed with the key. */
    proofOfPossession: z.base64(),
  }),
});

/**
 * Gives a job a certificate for its key, as Fulcio does: `POST /api/v2/signingCert`. The token must be signed by the issuer's key
 * that is given at the start, name the issuer `https://token.actions.githubusercontent.com` and the audience `sigstore`, and not be over.
 * It must have all claims of {@link JobClaims} ({@link jobToken} makes one): `job_workflow_ref` becomes the certificate's subject, `https://github.com/`
 * before it, and the others its extensions.
 * @throws UserError when the request is refused
 */
export async function giveCertificate(
  request: unknown,
  keys: SigstoreKeys,
  now: Date,
): Promise<object> {
  const parsed = Request.safeParse(request);
  if (!parsed.success) throw new UserError("the request is none for a certificate");
  const { credentials, publicKeyRequest } = parsed.data;
  const claims = readJobToken(credentials.oidcIdentityToken, keys.issuer.publicKey, now);
  if (claims === undefined) {
    throw new UserError("the token is not one of a job here, not for sigstore, or over");
  }
  const publicKey = ownKey(publicKeyRequest.publicKey.content);
  const proof = Buffer.from(publicKeyRequest.proofOfPossession, "base64");
  if (publicKey === undefined || !verify("sha256", Buffer.from(claims.sub), publicKey, proof)) {
    throw new UserError("the signature supplied in the request could not be verified");
  }
  const certificate = await issueCertificate(
    {
      publicKey,
      subject: `https://github.com/${claims.job_workflow_ref}`,
      extensions: fulcioExtensions(claims),
      from: new Date(Math.floor(now.getTime() / 1000) * 1000),
    },
    keys,
  );
  const certificates = [certificate, await rootCertificate(keys)].map((one) =>
    new X509Certificate(one).toString(),
  );
  return { signedCertificateEmbeddedSct: { chain: { certificates } } };
}

/**
 * What a certificate says of a job, by the last number of the identifier.
 * @see https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md
 */
export function fulcioExtensions(claims: JobClaims): ReadonlyMap<number, string> {
  const github = (path: string): string => `https://github.com/${path}`;
  return new Map([
    [1, ISSUER],
    [2, claims.event_name],
    [3, claims.sha],
    [4, claims.workflow],
    [5, claims.repository],
    [6, claims.ref],
    [8, ISSUER],
    [9, github(claims.job_workflow_ref)],
    [10, claims.job_workflow_sha],
    [11, claims.runner_environment],
    [12, github(claims.repository)],
    [13, claims.sha],
    [14, claims.ref],
    [15, claims.repository_id],
    [16, github(claims.repository_owner)],
    [17, claims.repository_owner_id],
    [18, github(claims.workflow_ref)],
    [19, claims.workflow_sha],
    [20, claims.event_name],
    [21, runInvocation(claims.repository, Number(claims.run_id), Number(claims.run_attempt))],
    [22, claims.repository_visibility],
    ...(claims.environment === undefined ? [] : [[23, claims.environment] as const]),
  ]);
}

function ownKey(text: string): KeyObject | undefined {
  try {
    const key = createPublicKey(text);
    return key.asymmetricKeyType === "ec" ? key : undefined;
  } catch {
    return undefined;
  }
}
