/* The secrets of an instance, looked for wherever they must not be in clear. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { LocalCloud } from "../../../../rules/local-cloud.ts";

/** Each password and token, as it is and as HTTP and Docker's configuration write it. */
function forms(cloud: LocalCloud): ReadonlyMap<string, string> {
  const base64 = (text: string) => Buffer.from(text).toString("base64").replace(/=+$/, "");
  const found = new Map([
    ["the GitHub token", cloud.github.token],
    ["the GitHub token in base64", base64(cloud.github.token)],
  ]);
  for (const [name, { username, password }] of Object.entries(cloud.registries)) {
    found.set(`the password of ${name}`, password);
    found.set(`the password of ${name} in base64`, base64(password));
    found.set(`the login of ${name} in base64`, base64(`${username}:${password}`));
  }
  return found;
}

/** The secrets that a text holds, by name. */
export function secretsIn(cloud: LocalCloud, text: string): string[] {
  return [...forms(cloud)].filter(([, secret]) => text.includes(secret)).map(([name]) => name);
}

export function assertNoSecret(cloud: LocalCloud, text: string, where: string): void {
  assert.deepEqual(secretsIn(cloud, text), [], where);
}

/** Paths of all files below a folder. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Which of the files hold a secret, and which. */
export async function filesWithSecrets(
  cloud: LocalCloud,
  files: readonly string[],
): Promise<string[]> {
  const found: string[] = [];
  for (const file of files) {
    const secrets = secretsIn(cloud, await readFile(file, "latin1"));
    if (secrets.length > 0) found.push(`${file}: ${secrets.join(", ")}`);
  }
  return found;
}
