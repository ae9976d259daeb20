import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const derive = promisify<
  string,
  Buffer,
  number,
  { N: number; r: number; p: number; maxmem: number },
  Buffer
>(scrypt);
/** Cost of one guess: 32 MiB and about a tenth of a second. What is recorded is a secret besides. */
const COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 2 ** 26 };
const LENGTH = 32;
const FORM = /^scrypt:([0-9a-f]{32}):([0-9a-f]{64})$/;

/** What tells whether a value is the same as before, and nothing else of it. Two fingerprints of one value differ. */
export async function fingerprint(value: string): Promise<string> {
  const salt = randomBytes(16);
  const derived = await derive(value, salt, LENGTH, COST);
  return `scrypt:${salt.toString("hex")}:${derived.toString("hex")}`;
}

/** Whether a fingerprint is one of this value. */
export async function hasFingerprint(value: string, print: string): Promise<boolean> {
  const [, salt = "", derived = ""] = FORM.exec(print) ?? [];
  if (salt === "") return false;
  const own = await derive(value, Buffer.from(salt, "hex"), LENGTH, COST);
  return timingSafeEqual(own, Buffer.from(derived, "hex"));
}
