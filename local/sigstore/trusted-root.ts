import { rootCertificate } from "./certificate-authority.ts";
import { logId } from "./certificate-log.ts";
import type { KeyPair, SigstoreKeys } from "./keys.ts";
import { LOG_NAME } from "./rekor.ts";

/**
 * What must be trusted of a local Sigstore to verify what it signed, as JSON.
 * @see https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto
 */
export async function trustedRootOf(keys: SigstoreKeys): Promise<object> {
  const validFor = { start: keys.since.toISOString() };
  const log = ({ publicKey }: KeyPair, name: string): object => ({
    baseUrl: `https://${name}`,
    hashAlgorithm: "SHA2_256",
    publicKey: {
      rawBytes: publicKey.export({ format: "der", type: "spki" }).toString("base64"),
      keyDetails: "PKIX_ECDSA_P256_SHA_256",
      validFor,
    },
    logId: { keyId: logId(publicKey).toString("base64") },
  });
  const certificate = await rootCertificate(keys);
  return {
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    tlogs: [log(keys.signatures, LOG_NAME)],
    certificateAuthorities: [
      {
        subject: { organization: "slipway", commonName: "local fulcio" },
        uri: "https://fulcio.local",
        certChain: { certificates: [{ rawBytes: certificate.toString("base64") }] },
        validFor,
      },
    ],
    ctlogs: [log(keys.certificates, "certificates.local")],
    timestampAuthorities: [],
  };
}
