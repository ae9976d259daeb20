import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { chmod, mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { UserError } from "../rules/problems.ts";

const algorithm = "aes-256-gcm";
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/** Encrypts texts with a key that lies in a file beside the state. */
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

  /** base64 of nonce, ciphertext and tag; another text every time. */
  encrypt(text: string): string {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, this.#key, nonce);
    const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
    return Buffer.concat([nonce, body, cipher.getAuthTag()]).toString("base64");
  }

  /** @throws {UserError} when the text was encrypted with another key, or changed since. */
  decrypt(encrypted: string): string {
    const bytes = Buffer.from(encrypted, "base64");
    try {
      const decipher = createDecipheriv(algorithm, this.#key, bytes.subarray(0, nonceBytes));
      decipher.setAuthTag(bytes.subarray(-tagBytes));
      const body = decipher.update(bytes.subarray(nonceBytes, -tagBytes));
      return Buffer.concat([body, decipher.final()]).toString("utf8");
    } catch (error) {
      throw new UserError(
        `${this.#keyFile}: does not open the secrets of the state beside it; put back the key that the state was written with`,
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
