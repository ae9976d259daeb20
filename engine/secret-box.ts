import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { chmod, mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { UserError } from "../rules/problems.ts";

const algorithm = "aes-256-gcm";
const keyBytes = 32;
const nonceBytes = 12;
/** The whole tag: Node takes a shorter one, too, when it is not told, and those are easier to forge. */
const tag = { authTagLength: 16 };

/**
 * Encrypts texts with a key that lies in a file beside the state, each for one place: elsewhere it does not open.
 *
 * @see https://nodejs.org/api/crypto.html#ciphersetaadbuffer-options
 */
export class SecretBox {
  readonly #key: Buffer;
  readonly #keyFile: string;

  private constructor(key: Buffer, keyFile: string) {
    this.#key = key;
    this.#keyFile = keyFile;
  }

  /**
   * Reads the key; makes it, readable by its owner alone, when there is none.
   *
   * @param create False where something encrypted exists already: another key would not open it.
   * @throws {UserError} when the key is missing or damaged.
   */
  static async open(keyFile: string, create: boolean): Promise<SecretBox> {
    if (create) await makeKey(keyFile);
    let text;
    try {
      text = await readFile(keyFile, "utf8");
    } catch (error) {
      throw new UserError(
        `${keyFile}: cannot be read, and the state beside it holds secrets encrypted with this key; ` +
          `put the file back, or remove the state to begin anew`,
        { cause: error },
      );
    }
    const key = Buffer.from(text.trim(), "base64");
    if (key.length !== keyBytes) {
      throw new UserError(`${keyFile}: is no key of ${keyBytes} bytes in base64; put the key back`);
    }
    await chmod(keyFile, 0o600);
    return new SecretBox(key, keyFile);
  }

  /**
   * @param place Where the text belongs.
   * @returns base64 of nonce, ciphertext and tag; another text every time.
   */
  encrypt(text: string, place: string): string {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, this.#key, nonce, tag).setAAD(Buffer.from(place));
    const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
    return Buffer.concat([nonce, body, cipher.getAuthTag()]).toString("base64");
  }

  /** @throws {UserError} when the text was encrypted with another key or for another place, or changed since. */
  decrypt(encrypted: string, place: string): string {
    const bytes = Buffer.from(encrypted, "base64");
    const nonce = bytes.subarray(0, nonceBytes);
    try {
      const decipher = createDecipheriv(algorithm, this.#key, nonce, tag);
      decipher.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(-tag.authTagLength));
      const body = decipher.update(bytes.subarray(nonceBytes, -tag.authTagLength));
      return Buffer.concat([body, decipher.final()]).toString("utf8");
    } catch (error) {
      throw new UserError(
        `${this.#keyFile}: does not open the secret at ${place} in the state beside it; ` +
          "put back the key that the state was written with or, if the state was changed by hand, a copy of the state",
        { cause: error },
      );
    }
  }
}

async function makeKey(keyFile: string): Promise<void> {
  await mkdir(dirname(keyFile), { recursive: true });
  try {
    const file = await open(keyFile, "wx", 0o600);
    await file.writeFile(`${randomBytes(keyBytes).toString("base64")}\n`);
    await file.sync();
    await file.close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
