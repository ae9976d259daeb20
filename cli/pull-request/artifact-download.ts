import { UserError } from "../../rules/problems.ts";
import { isLoopback } from "../../rules/loopback.ts";

/** Milliseconds. */
const TIMEOUT = 120_000;

/**
 * Fetches an archive from where GitHub keeps it, without a token, and no more of it than it may have.
 * @param most bytes
 * @throws UserError when it is larger, or does not come
 */
export async function download(address: string, most: number): Promise<Buffer> {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== "https:" && !(url?.protocol === "http:" && isLoopback(url.hostname))) {
    throw new UserError("GitHub names no https address for the artifact; run the job again");
  }
  try {
    return await fetchAtMost(url, most);
  } catch (error) {
    if (error instanceof UserError) throw error;
    // The address itself lets everybody fetch the artifact for a minute.
    const message = error instanceof Error ? error.message : String(error);
    throw new UserError(
      `the artifact does not come from ${url.origin} (${message}); run the job again`,
      { cause: error },
    );
  }
}

async function fetchAtMost(url: URL, most: number): Promise<Buffer> {
  const answer = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(TIMEOUT) });
  if (!answer.ok || answer.body === null) {
    await answer.body?.cancel();
    throw new UserError(
      `the artifact does not come from ${url.origin} (HTTP ${answer.status}); run the job again`,
    );
  }
  const parts: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop ends the transfer.
  for await (const part of answer.body as AsyncIterable<Uint8Array>) {
    size += part.byteLength;
    if (size > most) throw tooLarge(most);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

export function tooLarge(most: number): UserError {
  return new UserError(`the artifact has more than ${most} bytes; no preview is that large`);
}
