import { once } from "node:events";
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One request that a proxy saw. */
export interface Seen {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly authorization: string | undefined;
  readonly headers: IncomingMessage["headers"];
}

/** What a proxy does in the place of passing a request on. */
export type Fault =
  | {
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string | Buffer;
    }
  /** Answers with this status before the request's body is read, and closes the connection. */
  | { readonly unread: number }
  /** Closes the connection at once. */
  | "cut"
  /** Closes the connection as soon as this many bytes of the request's body came. */
  | { readonly cutUploadAfter: number }
  /** Passes on the head and this many bytes of the answer, then closes the connection. */
  | { readonly cutAfter: number }
  /** Passes the answer on with these headers instead of its own. */
  | { readonly replace: Record<string, string> };

export interface Proxy {
  /** `localhost:PORT`. */
  readonly host: string;
  readonly seen: readonly Seen[];
  /** Asked for every request; undefined passes it on. */
  fault: (seen: Seen) => Fault | undefined | Promise<Fault | undefined>;
  /** Forgets what was seen and does no fault any more. */
  reset(): void;
  stop(): Promise<void>;
}

/**
 * A server on this machine before a real registry that records what it is asked and can be told to fail; without a
 * registry behind it, every request must be answered by a fault.
 */
export async function startProxy(registryPort?: number): Promise<Proxy> {
  const seen: Seen[] = [];
  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { method = "", url = "", headers } = incoming;
    const entry = { method, url, headers, authorization: headers.authorization };
    seen.push(entry);
    const fault = await proxy.fault(entry);
    if (fault === "cut") incoming.socket.destroy();
    else if (fault !== undefined && "cutUploadAfter" in fault) {
      cutUpload(incoming, fault.cutUploadAfter);
    } else if (fault !== undefined && "unread" in fault) {
      outgoing.writeHead(fault.unread, { connection: "close" }).end();
    } else if (fault !== undefined && "status" in fault) {
      incoming.resume();
      outgoing.writeHead(fault.status, fault.headers).end(fault.body);
    } else pass(incoming, outgoing, registryPort ?? 0, fault);
  };
  const server = createServer((incoming, outgoing) => {
    // What a fault itself throws must not look like a fault of the registry.
    void serve(incoming, outgoing);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const proxy: Proxy = {
    host: `localhost:${(server.address() as AddressInfo).port}`,
    seen,
    fault: () => undefined,
    reset() {
      seen.length = 0;
      proxy.fault = () => undefined;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return proxy;
}

function cutUpload(incoming: IncomingMessage, bytes: number): void {
  let left = bytes;
  incoming.on("data", (chunk: Buffer) => {
    left -= chunk.length;
    if (left <= 0) incoming.socket.destroy();
  });
  incoming.on("end", () => incoming.socket.destroy());
}

function pass(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  port: number,
  fault: { readonly cutAfter: number } | { readonly replace: Record<string, string> } | undefined,
): void {
  const { method, url: path, headers } = incoming;
  const onward = request({ host: "127.0.0.1", port, method, path, headers, agent: false });
  onward.on("response", (answer) => {
    const replaced = fault !== undefined && "replace" in fault ? fault.replace : {};
    outgoing.writeHead(answer.statusCode ?? 500, { ...answer.headers, ...replaced });
    if (fault === undefined || !("cutAfter" in fault)) {
      answer.pipe(outgoing);
      return;
    }
    let left = fault.cutAfter;
    answer.on("data", (chunk: Buffer) => {
      outgoing.write(chunk.subarray(0, left), () => {
        if (left <= 0) outgoing.socket?.destroy();
      });
      left -= Math.min(left, chunk.length);
    });
    answer.on("end", () => outgoing.end());
  });
  onward.on("error", () => outgoing.destroy());
  incoming.on("error", () => onward.destroy());
  incoming.pipe(onward);
}
