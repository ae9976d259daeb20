import { randomBytes, webcrypto, type KeyObject } from "node:crypto";
import * as x509 from "@peculiar/x509";
import type { KeyPair, SigstoreKeys } from "./keys.ts";
import { utf8String, octetString } from "./der.ts";
import { certificateTimestamp } from "./certificate-log.ts";

/** What a certificate is to say of who it is given to. */
export interface CertificateRequest {
  readonly publicKey: KeyObject;
  /** Subject alternative name, a URI. */
  readonly subject: string;
  /** By the last number of Fulcio's identifiers: 1 to 6 as they are, the others as texts of ASN.1. */
  readonly extensions: ReadonlyMap<number, string>;
  /** From when it counts; it does so for {@link LIFETIME}. */
  readonly from: Date;
}

/** Milliseconds: Fulcio's certificates live 10 minutes. */
export const LIFETIME = 600_000;

const FULCIO = "1.3.6.1.4.1.57264.1";
/** @see https://www.rfc-editor.org/rfc/rfc6962#section-3.3 */
const TIMESTAMPS = "1.3.6.1.4.1.11129.2.4.2";
const NAME = "O=slipway, CN=local fulcio";
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
/** Milliseconds: longer than any local cloud lives. */
const ROOT_LIFETIME = 20 * 365 * 24 * 3_600_000;

/** The certificate of an authority itself, of the same words whenever it is made, but for its signature. */
export async function rootCertificate({ authority, since }: SigstoreKeys): Promise<Buffer> {
  const keys = await cryptoKeys(authority);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: "01",
      name: NAME,
      notBefore: since,
      notAfter: new Date(since.getTime() + ROOT_LIFETIME),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
          true,
        ),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return Buffer.from(certificate.rawData);
}

/** A certificate as Fulcio gives it, with the timestamp of the log of certificates. */
export async function issueCertificate(
  { publicKey, subject, extensions, from }: CertificateRequest,
  { authority, certificates }: Pick<SigstoreKeys, "authority" | "certificates">,
): Promise<Buffer> {
  const issuer = await cryptoKeys(authority);
  const subjectKey = await publicCryptoKey(publicKey);
  const parameters = {
    serialNumber: randomBytes(16).toString("hex"),
    issuer: NAME,
    notBefore: from,
    notAfter: new Date(from.getTime() + LIFETIME),
    signingAlgorithm: ALGORITHM,
    publicKey: subjectKey,
    signingKey: issuer.privateKey,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.codeSigning]),
      new x509.SubjectAlternativeNameExtension([{ type: "url", value: subject }], true),
      await x509.SubjectKeyIdentifierExtension.create(subjectKey, false, webcrypto),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey, false, webcrypto),
      ...[...extensions].map(
        ([number, value]) =>
          new x509.Extension(
            `${FULCIO}.${number}`,
            false,
            number <= 6 ? Buffer.from(value) : utf8String(value),
          ),
      ),
    ],
  };
  // The log signs the certificate as it is without the log's own signature in it.
  const before = await x509.X509CertificateGenerator.create(parameters, webcrypto);
  const timestamp = certificateTimestamp(Buffer.from(before.rawData), {
    issuer: authority.publicKey,
    log: certificates,
    at: from,
  });
  const certificate = await x509.X509CertificateGenerator.create(
    {
      ...parameters,
      extensions: [
        ...parameters.extensions,
        new x509.Extension(TIMESTAMPS, false, octetString(timestamp)),
      ],
    },
    webcrypto,
  );
  return Buffer.from(certificate.rawData);
}

async function cryptoKeys({ privateKey, publicKey }: KeyPair): Promise<webcrypto.CryptoKeyPair> {
  const words = privateKey.export({ format: "der", type: "pkcs8" });
  return {
    privateKey: await webcrypto.subtle.importKey("pkcs8", words, ALGORITHM, false, ["sign"]),
    publicKey: await publicCryptoKey(publicKey),
  };
}

async function publicCryptoKey(key: KeyObject): Promise<webcrypto.CryptoKey> {
  const words = key.export({ format: "der", type: "spki" });
  return webcrypto.subtle.importKey("spki", words, ALGORITHM, true, ["verify"]);
}
