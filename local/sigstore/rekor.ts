import { createHash, createPublicKey, randomInt, sign, verify, X509Certificate } from "node:crypto";
import { z } from "zod";
import { UserError } from "../../rules/problems.ts";
import { logId } from "./certificate-log.ts";
import { inclusionHashes, leafHash, treeHash } from "./merkle-tree.ts";
import type { KeyPair } from "./keys.ts";

/** The name that a local log signs its state with. */
export const LOG_NAME = "rekor.local";

/** @see https://github.com/sigstore/rekor/blob/main/pkg/types/dsse/v0.0.1/dsse_v0_0_1_schema.json */
const Proposed = z.object({
  apiVersion: z.literal("0.0.1"),
  kind: z.literal("dsse"),
  spec: z.object({
    proposedContent: z.object({ envelope: z.string(), verifiers: z.tuple([z.base64()]) }),
  }),
});

const Envelope = z.object({
  payload: z.base64(),
  payloadType: z.string(),
  signatures: z.tuple([z.object({ sig: z.base64() })]),
});

/**
 * A log of signatures like Rekor: `POST /api/v1/log/entries`. It takes one kind of entry, signed envelopes (dsse) with a certificate,
 * and proves for each that it is in the log and when it came there. The log starts anew with its process; what it proved before
 * stays provable, as the proof is in the answer.
 */
export class SignatureLog {
  readonly #keys: KeyPair;
  readonly #id: Buffer;
  /** Tells this life of the log from others. */
  readonly #tree = randomInt(2 ** 47);
  readonly #leaves: Buffer[] = [];

  constructor(keys: KeyPair) {
    this.#keys = keys;
    this.#id = logId(keys.publicKey);
  }

  /** @throws UserError when an entry is refused */
  add(proposed: unknown, now: Date): Readonly<Record<string, object>> {
    const body = Buffer.from(JSON.stringify(entryOf(proposed)));
    this.#leaves.push(leafHash(body));
    const logIndex = this.#leaves.length - 1;
    const integratedTime = Math.floor(now.getTime() / 1000);
    const entry = {
      body: body.toString("base64"),
      integratedTime,
      logID: this.#id.toString("hex"),
      logIndex,
    };
    // What is signed is sorted by key without blanks, as this is.
    const promise = sign("sha256", Buffer.from(JSON.stringify(entry)), this.#keys.privateKey);
    const root = treeHash(this.#leaves);
    return {
      [leafHash(body).toString("hex")]: {
        ...entry,
        verification: {
          inclusionProof: {
            logIndex,
            treeSize: this.#leaves.length,
            rootHash: root.toString("hex"),
            hashes: inclusionHashes(logIndex, this.#leaves).map((hash) => hash.toString("hex")),
            checkpoint: this.#checkpoint(root),
          },
          signedEntryTimestamp: promise.toString("base64"),
        },
      },
    };
  }

  /** @see https://github.com/transparency-dev/formats/blob/main/log/README.md */
  #checkpoint(root: Buffer): string {
    const note = `${LOG_NAME} - ${this.#tree}\n${this.#leaves.length}\n${root.toString("base64")}\n`;
    const signature = sign("sha256", Buffer.from(note), this.#keys.privateKey);
    const hint = Buffer.concat([this.#id.subarray(0, 4), signature]).toString("base64");
    return `${note}\n\u2014 ${LOG_NAME} ${hint}\n`;
  }
}

/** What is kept of a proposed entry, its keys sorted. */
function entryOf(proposed: unknown): object {
  const parsed = Proposed.safeParse(proposed);
  if (!parsed.success) throw new UserError("only entries of kind dsse with one verifier are taken");
  const { envelope: text, verifiers } = parsed.data.spec.proposedContent;
  const envelope = Envelope.safeParse(parseJson(text));
  if (!envelope.success) throw new UserError("the envelope is not one of one signature");
  const { payload, payloadType, signatures } = envelope.data;
  const bytes = Buffer.from(payload, "base64");
  const signed = Buffer.concat([
    Buffer.from(`DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${bytes.length} `),
    bytes,
  ]);
  const [verifier] = verifiers;
  if (
    !isSigned(signed, Buffer.from(verifier, "base64"), Buffer.from(signatures[0].sig, "base64"))
  ) {
    throw new UserError("the signature in the envelope is not that of the verifier");
  }
  const hash = (content: string | Buffer): object => ({
    algorithm: "sha256",
    value: createHash("sha256").update(content).digest("hex"),
  });
  return {
    apiVersion: "0.0.1",
    kind: "dsse",
    spec: {
      envelopeHash: hash(text),
      payloadHash: hash(bytes),
      signatures: [{ signature: signatures[0].sig, verifier }],
    },
  };
}

function isSigned(signed: Buffer, verifier: Buffer, signature: Buffer): boolean {
  try {
    const text = verifier.toString("utf8");
    const key = text.includes("CERTIFICATE")
      ? new X509Certificate(text).publicKey
      : createPublicKey(text);
    return verify("sha256", signed, key, signature);
  } catch {
    return false;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
