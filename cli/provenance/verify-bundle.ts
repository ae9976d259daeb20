import {
  bundleFromJSON,
  isBundleWithDsseEnvelope,
  type BundleWithDsseEnvelope,
} from "@sigstore/bundle";
import type { TrustedRoot } from "@sigstore/protobuf-specs";
import { toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";
import type { Signer } from "@sigstore/verify";
import {
  certificateProblems,
  type CertificateIdentity,
} from "../../rules/pins/provenance-certificate.ts";
import {
  provenanceProblems,
  readStatement,
  STATEMENT_TYPE,
  type ExpectedProvenance,
} from "../../rules/pins/provenance.ts";
import type { Verified } from "./verified.ts";

/** Largest bundle that is read, in bytes: one of a candidate has about 8,000. */
export const BUNDLE_LIMIT = 256 * 1024;

/** Identifiers of Fulcio's extensions begin so. */
const FULCIO = "1.3.6.1.4.1.57264.1.";

/**
 * Whether a bundle holds the expected provenance of an image, signed by the job that makes candidates: one signature of a
 * certificate that Fulcio gave and logged, in Rekor's log while the certificate lived.
 */
export function verifyBundle(
  bytes: Buffer,
  digest: string,
  expected: ExpectedProvenance,
  root: TrustedRoot,
): Verified {
  const bundle = read(bytes);
  if (typeof bundle === "string") return { refused: bundle };
  const { dsseEnvelope } = bundle.content;
  let signer: Signer;
  try {
    signer = new Verifier(toTrustMaterial(root)).verify(toSignedEntity(bundle));
  } catch (error) {
    // Whatever the library stumbles over in what a stranger wrote, it did not verify.
    return { refused: `the signature does not count: ${reasonOf(error)}` };
  }
  const found = readStatement(dsseEnvelope.payload.toString("utf8"));
  if ("fault" in found) return { refused: found.fault };
  const problems = [
    ...certificateProblems(identityOf(signer), expected, found),
    ...provenanceProblems(found, digest, expected),
  ];
  return problems.length === 0 ? { provenance: found } : { refused: problems.join("; ") };
}

/** A bundle of the form that is verified, with one signature, or what is wrong with it. */
function read(bytes: Buffer): BundleWithDsseEnvelope | string {
  if (bytes.length > BUNDLE_LIMIT) {
    return `the bundle is ${bytes.length} bytes large, more than ${BUNDLE_LIMIT}`;
  }
  try {
    const bundle = bundleFromJSON(JSON.parse(bytes.toString("utf8")));
    if (!isBundleWithDsseEnvelope(bundle)) return "the bundle signs no statement";
    if (bundle.content.dsseEnvelope.payloadType !== STATEMENT_TYPE) {
      return "the bundle signs no in-toto statement";
    }
    if (bundle.verificationMaterial.content.$case !== "certificate") {
      return "the bundle is not signed by a certificate";
    }
    const strange = bundle.verificationMaterial.tlogEntries.some(
      ({ inclusionProof }) => !isPlain(inclusionProof?.checkpoint?.envelope ?? ""),
    );
    return strange ? "the bundle names its log in a strange way" : bundle;
  } catch (error) {
    return `the bundle cannot be read: ${reasonOf(error)}`;
  }
}

/**
 * Whether the names in the signature lines of a log's state are plain: the library takes each for a regular expression, and one that
 * is made for it would keep the program busy for ever.
 */
function isPlain(checkpoint: string): boolean {
  return [...checkpoint.matchAll(/\u2014 (\S+)/g)].every(([, name = ""]) =>
    /^[A-Za-z0-9./:-]{1,100}$/.test(name),
  );
}

function identityOf({ identity }: Signer): CertificateIdentity {
  const extensions = new Map<number, string[]>();
  for (const { oid, value } of identity?.oids ?? []) {
    const name = oid?.id.join(".") ?? "";
    if (!name.startsWith(FULCIO)) continue;
    const number = Number(name.slice(FULCIO.length));
    extensions.set(number, [...(extensions.get(number) ?? []), textOf(value)]);
  }
  const subject = identity?.subjectAlternativeName;
  return { extensions, ...(subject !== undefined && { subject }) };
}

/** The text that an extension is, a UTF8String of DER; `""` for other forms, which no expected text is. */
function textOf(value: Buffer): string {
  const [tag, size = 0] = value;
  if (tag !== 0x0c) return "";
  // Up to 127 bytes the length is one byte, up to 255 a mark and one.
  const start = size < 0x80 ? 2 : size === 0x81 ? 3 : 4;
  const length = size < 0x80 ? size : value.readUIntBE(2, start - 2);
  return value.length === start + length ? value.subarray(start).toString("utf8") : "";
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "no reason told";
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : "";
  return `${error.message}${cause}`.replaceAll(/[^\x20-\x7e]+/g, " ").slice(0, 300);
}
