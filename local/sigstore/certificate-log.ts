import { createHash, sign, type KeyObject } from "node:crypto";
import { firstWithin } from "./der.ts";
import type { KeyPair } from "./keys.ts";

/** What a log of certificates signs with. */
export interface CertificateLog {
  /** Key of the authority that gave the certificate. */
  readonly issuer: KeyObject;
  readonly log: KeyPair;
  readonly at: Date;
}

/**
 * What a log of certificates signs of a certificate that it took, as the list of one that certificates carry. Nothing is kept:
 * nobody asks a local log for its certificates.
 * @param certificate in DER, without any such list
 * @see https://www.rfc-editor.org/rfc/rfc6962#section-3.2
 */
export function certificateTimestamp(
  certificate: Buffer,
  { issuer, log, at }: CertificateLog,
): Buffer {
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(at.getTime()));
  const signed = firstWithin(certificate);
  const length = Buffer.alloc(3);
  length.writeUIntBE(signed.length, 0, 3);
  const signature = sign(
    "sha256",
    Buffer.concat([
      Buffer.from([0, 0]), // version 1, a timestamp of a certificate
      time,
      Buffer.from([0, 1]), // of one that lacks this list
      logId(issuer),
      length,
      signed,
      Buffer.from([0, 0]), // no extensions
    ]),
    log.privateKey,
  );
  const timestamp = Buffer.concat([
    Buffer.from([0]),
    logId(log.publicKey),
    time,
    Buffer.from([0, 0]),
    Buffer.from([4, 3]), // SHA-256, ECDSA
    sized(signature),
  ]);
  return sized(sized(timestamp));
}

/** Name of a log, and of the key of an authority: the digest of its public key. */
export function logId(publicKey: KeyObject): Buffer {
  return createHash("sha256")
    .update(publicKey.export({ format: "der", type: "spki" }))
    .digest();
}

function sized(bytes: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
