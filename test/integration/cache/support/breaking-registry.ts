/*
 * A registry on this machine that only gives: images are put into it by the test, and every answer can be broken. It keeps
 * no rule that a registry keeps, so that it can lie: any bytes may stand under any digest.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Seen } from "../../oci/proxy.ts";
import { bytesContent, type Content } from "./content.ts";

/** How an answer is broken. */
export type Break =
  | {
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    }
  /** Closes the connection at once, by a reset. */
  | "reset"
  /** Sends this many bytes of the body, then resets the connection. */
  | { readonly resetAfter: number }
  /** Sends this many bytes of the body, then none and keeps the connection. */
  | { readonly stallAfter: number }
  /** Sends a byte of the body at a time, this many milliseconds apart. */
  | { readonly trickle: number }
  /** Ends the body this many bytes early, and says so in its length: as if the blob were shorter. */
  | { readonly shorter: number }
  /** Sends another content in the place of what was asked for. */
  | { readonly instead: Content }
  /** Answers a range with the whole content and 200. */
  | "whole"
  /** Answers a range with 206 and one that begins this many bytes later. */
  | { readonly shiftedRange: number };

export interface BreakingRegistry {
  /** `localhost:PORT`. */
  readonly host: string;
  readonly seen: readonly Seen[];
  /** Bytes of blobs that were sent since the last {@link reset}. */
  sentBytes: number;
  /** Asked for every request below /v2/ with a good login; undefined answers as it should. */
  breaks: (seen: Seen) => Break | undefined | Promise<Break | undefined>;
  /** Puts a blob into every repository. */
  putBlob(digest: string, content: Content): void;
  /** Puts a manifest, under any digest, into every repository. */
  putManifest(digest: string, mediaType: string, bytes: Buffer): void;
  /** Takes all content away. */
  clear(): void;
  /** Makes every token invalid that was given so far; from now on one is asked for. */
  expireTokens(): void;
  /** Forgets what was seen and breaks nothing any more. */
  reset(): void;
  stop(): Promise<void>;
}

interface Manifest {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

export async function startBreakingRegistry(): Promise<BreakingRegistry> {
  const seen: Seen[] = [];
  const blobs = new Map<string, Content>();
  const manifests = new Map<string, Manifest>();
  let token: number | undefined;

  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { method = "", url = "", headers } = incoming;
    incoming.resume();
    const path = url.split("?")[0] ?? "";
    if (path === "/token") {
      outgoing.end(JSON.stringify({ token: `token${token ?? 0}`, expires_in: 3600 }));
      return;
    }
    const entry = { method, url, headers, authorization: headers.authorization };
    seen.push(entry);
    if (token !== undefined && headers.authorization !== `Bearer token${token}`) {
      const challenge = `Bearer realm="http://${registry.host}/token",service="test"`;
      outgoing.writeHead(401, { "www-authenticate": challenge }).end();
      return;
    }
    const broken = await registry.breaks(entry);
    if (broken === "reset") incoming.socket.resetAndDestroy();
    else if (typeof broken === "object" && "status" in broken) {
      outgoing.writeHead(broken.status, broken.headers).end(broken.body);
    } else await give(path, incoming, outgoing, broken);
  };

  const give = async (
    path: string,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    broken: Exclude<Break, "reset" | { readonly status: number }> | undefined,
  ): Promise<void> => {
    const digest = /\/(?:blobs|manifests)\/([^/]+)$/.exec(path)?.[1] ?? "";
    const manifest = path.includes("/manifests/") ? manifests.get(digest) : undefined;
    const right = manifest === undefined ? blobs.get(digest) : bytesContent(manifest.bytes);
    if (right === undefined) {
      outgoing.writeHead(404).end(JSON.stringify({ errors: [{ code: "NOT_FOUND" }] }));
      return;
    }
    const content = isObject(broken) && "instead" in broken ? broken.instead : right;
    const range = broken === "whole" ? undefined : rangeOf(incoming, content.size);
    const shift = isObject(broken) && "shiftedRange" in broken ? broken.shiftedRange : 0;
    const start = (range?.start ?? 0) + shift;
    const whole = Math.min((range?.end ?? content.size) + shift, content.size) - start;
    const length = isObject(broken) && "shorter" in broken ? whole - broken.shorter : whole;
    outgoing.writeHead(range === undefined ? 200 : 206, {
      "content-type": manifest?.mediaType ?? "application/octet-stream",
      "content-length": Math.max(length, 0),
      // Before a manifest this is believed, or not, by itself: a registry may say nothing of it.
      ...(range !== undefined && {
        "content-range": `bytes ${start}-${start + whole - 1}/${content.size}`,
      }),
    });
    if (incoming.method === "HEAD") {
      outgoing.end();
      return;
    }
    let left = Math.max(length, 0);
    const until =
      isObject(broken) && "resetAfter" in broken
        ? broken.resetAfter
        : isObject(broken) && "stallAfter" in broken
          ? broken.stallAfter
          : Number.POSITIVE_INFINITY;
    let sent = 0;
    for await (const chunk of content.read(start, start + whole)) {
      let part = chunk.subarray(0, Math.min(left, until - sent));
      if (isObject(broken) && "trickle" in broken) {
        for (const byte of part) {
          if (!(await written(outgoing, Buffer.from([byte])))) return;
          await sleep(broken.trickle);
        }
        part = Buffer.alloc(0);
      }
      sent += part.length;
      left -= part.length;
      if (manifest === undefined) registry.sentBytes += part.length;
      if (!(await written(outgoing, part))) return;
      if (sent >= until) {
        if (isObject(broken) && "resetAfter" in broken) incoming.socket.resetAndDestroy();
        return;
      }
      if (left <= 0) break;
    }
    outgoing.end();
  };

  const server = createServer((incoming, outgoing) => {
    // A client that goes away while it is answered is a part of most tests.
    outgoing.on("error", () => undefined);
    incoming.on("error", () => undefined);
    void answer(incoming, outgoing);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  const registry: BreakingRegistry = {
    host: `localhost:${(server.address() as AddressInfo).port}`,
    seen,
    sentBytes: 0,
    breaks: () => undefined,
    putBlob: (digest, content) => void blobs.set(digest, content),
    putManifest: (digest, mediaType, bytes) => void manifests.set(digest, { mediaType, bytes }),
    clear() {
      blobs.clear();
      manifests.clear();
    },
    expireTokens: () => void (token = (token ?? 0) + 1),
    reset() {
      seen.length = 0;
      token = undefined;
      registry.sentBytes = 0;
      registry.breaks = () => undefined;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return registry;
}

/** The half-open range that is asked for; undefined for the whole. Only the one form that clients of blobs send is known. */
function rangeOf(
  { headers }: IncomingMessage,
  size: number,
): { readonly start: number; readonly end: number } | undefined {
  const found = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? "");
  if (found === null) return undefined;
  const end = found[2] === "" ? size : Math.min(Number(found[2]) + 1, size);
  return { start: Number(found[1]), end };
}

/** Writes and waits until there is room again, so that a slow client costs no memory; false when it is gone. */
async function written(outgoing: ServerResponse, bytes: Buffer): Promise<boolean> {
  if (outgoing.destroyed) return false;
  if (bytes.length === 0 || outgoing.write(bytes)) return true;
  return new Promise((resolve) => {
    const done = (): void => {
      outgoing.off("drain", done);
      outgoing.off("close", done);
      resolve(!outgoing.destroyed);
    };
    outgoing.on("drain", done);
    outgoing.on("close", done);
  });
}

function isObject(value: Break | undefined): value is Exclude<Break, string> {
  return typeof value === "object";
}
