import type { Readable } from "node:stream";
import { UserError } from "../rules/problems.ts";

/** The whole body. @throws UserError when it is longer than the limit, in bytes */
export async function readBytes(body: Readable, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) throw new UserError(`a registry answered with more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Undefined when it is no JSON, which no schema takes. */
export function parseJson(json: string | Uint8Array): unknown {
  try {
    return JSON.parse(typeof json === "string" ? json : Buffer.from(json).toString("utf8"));
  } catch {
    return undefined;
  }
}
