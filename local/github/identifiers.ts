import { createHash } from "node:crypto";

/**
 * The numeric id of an account, app, check suite, repository, team or workflow: made up, but the same on every machine and after every restart,
 * because it is derived from the name. It has nothing to do with GitHub's own id.
 * @param name not case sensitive
 * @returns a positive integer below 2^31
 */
export function idOf(
  kind: "account" | "app" | "check suite" | "repository" | "team" | "workflow",
  name: string,
): number {
  const hash = createHash("sha256").update(`${kind}:${name.toLowerCase()}`).digest();
  return (hash.readUInt32BE(0) >>> 1) + 1;
}

/** The global node id, in the old form: base64 of length, type and id. Clients treat it as opaque. */
export function nodeIdOf(type: string, id: number): string {
  const typeLength = String(type.length).padStart(2, "0");
  return Buffer.from(`${typeLength}:${type}${id}`).toString("base64");
}
