import { generateKeyPairSync, sign } from "node:crypto";
import { BUNDLE_V03_MEDIA_TYPE, type SerializedBundle } from "@sigstore/bundle";
import { issueCertificate } from "../../local/sigstore/certificate-authority.ts";
import { fulcioExtensions } from "../../local/sigstore/fulcio.ts";
import type { JobClaims } from "../../local/sigstore/job-token.ts";
import type { SigstoreKeys } from "../../local/sigstore/keys.ts";
import { SignatureLog } from "../../local/sigstore/rekor.ts";
import { STATEMENT_TYPE } from "../../rules/pins/provenance.ts";

/** What a bundle of a test is made of. */
export interface SignedStatement {
  readonly statement: string;
  readonly keys: SigstoreKeys;
  readonly claims: JobClaims;
  /** When the certificate is given, and unless `logged` says otherwise when the signature is logged. */
  readonly at: Date;
  readonly logged?: Date;
  /** By the number of Fulcio's identifier: in the place of what the claims say; undefined leaves one out. */
  readonly extensions?: Readonly<Record<number, string | undefined>>;
  readonly subject?: string;
  readonly payloadType?: string;
}

/** The entry of a log as its API answers it. */
interface LogAnswer {
  readonly body: string;
  readonly integratedTime: number;
  readonly logID: string;
  readonly logIndex: number;
  readonly verification: {
    readonly inclusionProof: {
      readonly logIndex: number;
      readonly treeSize: number;
      readonly rootHash: string;
      readonly hashes: readonly string[];
      readonly checkpoint: string;
    };
    readonly signedEntryTimestamp: string;
  };
}

/** Signs a statement as a job would, without any service: each part can be another one than a job gets. */
export async function signedBundle(made: SignedStatement): Promise<SerializedBundle> {
  const { statement, keys, claims, at, logged = at, payloadType = STATEMENT_TYPE } = made;
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const extensions = new Map(fulcioExtensions(claims));
  for (const [number, value] of Object.entries(made.extensions ?? {})) {
    if (value === undefined) extensions.delete(Number(number));
    else extensions.set(Number(number), value);
  }
  const subject = made.subject ?? `https://github.com/${claims.job_workflow_ref}`;
  const certificate = await issueCertificate({ publicKey, subject, extensions, from: at }, keys);
  const payload = Buffer.from(statement);
  const head = `DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `;
  const signature = sign("sha256", Buffer.concat([Buffer.from(head), payload]), privateKey);
  const envelope = {
    payload: payload.toString("base64"),
    payloadType,
    signatures: [{ sig: signature.toString("base64"), keyid: "" }],
  };
  const pem = `-----BEGIN CERTIFICATE-----\n${certificate.toString("base64")}\n-----END CERTIFICATE-----\n`;
  const answer = new SignatureLog(keys.signatures).add(
    {
      apiVersion: "0.0.1",
      kind: "dsse",
      spec: {
        proposedContent: {
          envelope: JSON.stringify(envelope),
          verifiers: [Buffer.from(pem).toString("base64")],
        },
      },
    },
    logged,
  );
  return {
    mediaType: BUNDLE_V03_MEDIA_TYPE,
    verificationMaterial: {
      certificate: { rawBytes: certificate.toString("base64") },
      x509CertificateChain: undefined,
      publicKey: undefined,
      tlogEntries: [logEntry(Object.values(answer)[0] as LogAnswer)],
      timestampVerificationData: undefined,
    },
    dsseEnvelope: envelope,
    messageSignature: undefined,
  };
}

type LogEntry = SerializedBundle["verificationMaterial"]["tlogEntries"][number];

function logEntry({ body, integratedTime, logID, logIndex, verification }: LogAnswer): LogEntry {
  const base64 = (hex: string): string => Buffer.from(hex, "hex").toString("base64");
  const { inclusionProof, signedEntryTimestamp } = verification;
  return {
    logIndex: String(logIndex),
    logId: { keyId: base64(logID) },
    kindVersion: { kind: "dsse", version: "0.0.1" },
    integratedTime: String(integratedTime),
    inclusionPromise: { signedEntryTimestamp },
    inclusionProof: {
      logIndex: String(inclusionProof.logIndex),
      rootHash: base64(inclusionProof.rootHash),
      treeSize: String(inclusionProof.treeSize),
      hashes: inclusionProof.hashes.map(base64),
      checkpoint: { envelope: inclusionProof.checkpoint },
    },
    canonicalizedBody: body,
  };
}
