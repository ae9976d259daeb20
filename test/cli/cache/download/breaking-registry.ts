import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { sha256 } from "../../../../oci/digest.ts";
import type { Descriptor } from "../../../../oci/media-types.ts";

/** One request that came. */
export interface Seen {
  readonly path: string;
  readonly query: string;
  readonly authorization: string | undefined;
  /** Bytes asked for, both included; undefined for the whole. */
  readonly range: readonly [number, number] | undefined;
  /** Milliseconds, as `performance.now()` counts. */
  readonly at: number;
}

/** What is done in the place of a right answer. */
export type Fault =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  /** This many bytes, then the connection is closed. */
  | { readonly cutAfter: number }
  /** This many bytes, then nothing more. */
  | { readonly stallAfter: number }
  /** A few bytes at a time, as long as anybody listens. */
  | "trickle"
  /** 200 and all of it, whatever was asked. */
  | "whole"
  /** 206 with another `Content-Range` than what is sent. */
  | { readonly contentRange: string }
  /** Other content in the place of its own. */
  | { readonly content: Buffer };

/** A registry on this machine that serves blobs, and breaks as it is told. */
export class BreakingRegistry {
  /** Asked for every request; undefined answers as it should be. */
  fault: (seen: Seen) => Fault | undefined = () => undefined;
  readonly seen: Seen[] = [];
  /** Most answers that were under way at the same time. */
  mostAtOnce = 0;
  #atOnce = 0;
  readonly #blobs = new Map<string, Buffer>();
  readonly #server = createServer((incoming, outgoing) => void this.#serve(incoming, outgoing));

  static async start(): Promise<BreakingRegistry> {
    const registry = new BreakingRegistry();
    registry.#server.listen(0, "127.0.0.1");
    await once(registry.#server, "listening");
    return registry;
  }

  /** `localhost:PORT`. */
  get host(): string {
    return `localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  add(content: Buffer): Descriptor {
    const digest = sha256(content);
    this.#blobs.set(digest, content);
    return { mediaType: "application/octet-stream", digest, size: content.length };
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { pathname, search } = new URL(incoming.url ?? "", "http://localhost");
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(incoming.headers.range ?? "") ?? [];
    const range = first === undefined ? undefined : ([Number(first), Number(last)] as const);
    const { authorization } = incoming.headers;
    const seen = { path: pathname, query: search, authorization, range, at: performance.now() };
    this.seen.push(seen);
    this.#atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
    outgoing.on("close", () => (this.#atOnce -= 1));
    outgoing.on("error", () => undefined);
    const fault = this.fault(seen);
    if (fault !== undefined && typeof fault !== "string" && "status" in fault) {
      outgoing.writeHead(fault.status, fault.headers).end(fault.body);
      return;
    }
    const own = this.#blobs.get(pathname.split("/").at(-1) ?? "");
    if (own === undefined) {
      outgoing.writeHead(404).end();
      return;
    }
    const isOther = typeof fault === "object" && "content" in fault;
    await answer(outgoing, isOther ? fault.content : own, range, fault);
  }
}

async function answer(
  outgoing: ServerResponse,
  whole: Buffer,
  range: readonly [number, number] | undefined,
  fault: Exclude<Fault, { readonly status: number }> | undefined,
): Promise<void> {
  const isPart = range !== undefined && fault !== "whole";
  const part = isPart ? whole.subarray(range[0], range[1] + 1) : whole;
  const lie = typeof fault === "object" && "contentRange" in fault ? fault.contentRange : undefined;
  outgoing.writeHead(isPart ? 206 : 200, {
    "content-length": part.length,
    ...(isPart && { "content-range": lie ?? `bytes ${range.join("-")}/${whole.length}` }),
  });
  if (fault === "trickle") {
    for (let at = 0; at < part.length && !outgoing.destroyed; at += 10) {
      outgoing.write(part.subarray(at, at + 10));
      await sleep(25);
    }
    outgoing.end();
  } else if (typeof fault === "object" && "cutAfter" in fault) {
    outgoing.write(part.subarray(0, fault.cutAfter), () => outgoing.destroy());
  } else if (typeof fault === "object" && "stallAfter" in fault) {
    outgoing.write(part.subarray(0, fault.stallAfter));
  } else outgoing.end(part);
}
