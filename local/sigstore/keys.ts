import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../../rules/problems.ts";
import { writePrivately } from "../instance.ts";

/** A key and what others know of it. */
export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** The keys of a local Sigstore, which it keeps for its whole life. */
export interface SigstoreKeys {
  /** Of GitHub's stand-in, which signs the tokens of jobs: RSA. */
  readonly issuer: KeyPair;
  /** Of Fulcio, on P-256 as all below. */
  readonly authority: KeyPair;
  /** Of the log of certificates. */
  readonly certificates: KeyPair;
  /** Of Rekor. */
  readonly signatures: KeyPair;
  /** Since when they count. */
  readonly since: Date;
}

const pem = z.string().startsWith("-----BEGIN PRIVATE KEY-----");
const KeyFile = z.strictObject({
  version: z.literal(1),
  issuer: pem,
  authority: pem,
  certificates: pem,
  signatures: pem,
  since: z.iso.datetime(),
});

/** The file in a Sigstore's folder that nobody but its user may read. */
export function keyFile(folder: string): string {
  return join(folder, "keys.json");
}

/**
 * Reads the keys in a folder.
 * @throws UserError when they are not there or damaged
 */
export async function readKeys(folder: string): Promise<SigstoreKeys> {
  const file = keyFile(folder);
  try {
    const { since, ...keys } = KeyFile.parse(JSON.parse(await readFile(file, "utf8")));
    return {
      issuer: pairOf(keys.issuer),
      authority: pairOf(keys.authority),
      certificates: pairOf(keys.certificates),
      signatures: pairOf(keys.signatures),
      since: new Date(since),
    };
  } catch (error) {
    throw new UserError(`${file}: no keys of a local Sigstore; start the local cloud anew`, {
      cause: error,
    });
  }
}

/** Makes keys that are nobody else's. @param now as of which they count, to the second */
export function newKeys(now: Date): SigstoreKeys {
  const curve = (): KeyPair => generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    issuer: generateKeyPairSync("rsa", { modulusLength: 2048 }),
    authority: curve(),
    certificates: curve(),
    signatures: curve(),
    // What is signed in the same second is not older than the keys.
    since: new Date(Math.floor(now.getTime() / 1000) * 1000 - 60_000),
  };
}

/** The keys in a folder; made and kept there when it has none. */
export async function ensureKeys(folder: string): Promise<SigstoreKeys> {
  const there = await readFile(keyFile(folder)).then(
    () => true,
    () => false,
  );
  if (!there) {
    const keys = newKeys(new Date());
    const words = ({ privateKey }: KeyPair): string =>
      privateKey.export({ format: "pem", type: "pkcs8" }).toString();
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writePrivately(keyFile(folder), {
      version: 1,
      issuer: words(keys.issuer),
      authority: words(keys.authority),
      certificates: words(keys.certificates),
      signatures: words(keys.signatures),
      since: keys.since.toISOString(),
    });
  }
  return readKeys(folder);
}

function pairOf(text: string): KeyPair {
  const privateKey = createPrivateKey(text);
  return { privateKey, publicKey: createPublicKey(privateKey) };
}
