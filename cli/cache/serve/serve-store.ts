import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { UserError } from "../../../rules/problems.ts";
import { codeOf } from "../store/disk-faults.ts";
import type { Store } from "../store/store.ts";
import { answer } from "./answer.ts";
import { BlobTrust } from "./blob-trust.ts";
import { KeptImages } from "./kept-images.ts";

/** A store that is offered as a registry. */
export interface StoreServer {
  readonly port: number;
  /** `127.0.0.1:5055`, and `[::1]:5055` where this machine has it. */
  readonly addresses: readonly string[];
  /** Takes no more requests; resolves when those under way are answered. */
  close(): Promise<void>;
}

/** No other address is ever listened on: whoever reaches the port reads the images, and there is no login. */
const LOOPBACK = ["127.0.0.1", "::1"];
/** Requests at once and address; each has buffers, and memory is small. */
const MOST_CONNECTIONS = 512;
/** A client that takes nothing for so long is gone. Milliseconds. */
const MOST_SILENCE = 600_000;

/**
 * Offers a store as a registry to this machine alone, to read.
 * @param port 0 for one that is free
 * @throws UserError where something listens there already
 */
export async function serveStore(store: Store, port: number): Promise<StoreServer> {
  const images = new KeptImages(store);
  const trust = new BlobTrust();
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    void answer({ store, images, trust, request, response });
  };
  const servers: Server[] = [];
  const addresses: string[] = [];
  let chosen = port;
  const close = async (): Promise<void> => {
    await Promise.all(servers.map(closed));
    await images.release();
  };
  try {
    for (const host of LOOPBACK) {
      const server = createServer({ keepAliveTimeout: 30_000 }, onRequest);
      server.maxConnections = MOST_CONNECTIONS;
      server.timeout = MOST_SILENCE;
      if (!(await listening(server, host, chosen))) continue;
      servers.push(server);
      chosen = (server.address() as AddressInfo).port;
      addresses.push(host.includes(":") ? `[${host}]:${chosen}` : `${host}:${chosen}`);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { port: chosen, addresses, close };
}

/** @returns false where this machine has no such address */
async function listening(server: Server, host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once("listening", () => resolve(true));
    server.once("error", (error) => {
      const code = codeOf(error);
      if (host === "::1" && (code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT")) resolve(false);
      else if (code === "EADDRINUSE") {
        const what = `something listens on ${host}, port ${port}, already`;
        reject(new UserError(`${what}; end it, or choose another port with --port`));
      } else if (code === "EACCES") {
        reject(new UserError(`port ${port} is root's; choose one above 1023 with --port`));
      } else reject(error);
    });
    server.listen({ host, port, ipv6Only: true });
  });
}

async function closed(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
