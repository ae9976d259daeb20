import { once } from "node:events";
import { servedHosts } from "../../../rules/cache-repository.ts";
import { ProblemsError } from "../../../rules/problems.ts";
import { storeFolder } from "../store-option.ts";
import { Store } from "../store/store.ts";
import { serveStore } from "./serve-store.ts";

/** Options of `slipway cache serve`. */
export interface ServeOptions {
  readonly store?: string;
  readonly port: string;
}

/** Serves a store until the process is told to end; a second signal ends it at once. */
export async function runServe(options: ServeOptions): Promise<void> {
  const port = portOf(options.port);
  const store = await Store.open(storeFolder(options.store));
  const images = await store.former();
  const hosts = new Set(servedHosts(images));
  for (const channel of await store.channels()) {
    for (const host of servedHosts(await store.images(channel))) hosts.add(host);
  }
  const stopped = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  const server = await serveStore(store, port);
  console.log(
    `serving ${store.folder} on ${server.addresses.join(" and ")}, to this machine alone`,
  );
  for (const host of [...hosts].sort()) console.log(`\n${hostsFile(host, server.port)}`);
  await stopped;
  console.log("ending when the requests under way are answered");
  await server.close();
}

/**
 * What makes containerd, and a Docker engine with containerd's image store, look here first. Without "resolve", so that a name
 * leads to the digest that the registry has for it now.
 * @see https://github.com/containerd/containerd/blob/main/docs/hosts.md
 * @see https://docs.docker.com/engine/daemon/configure-registry/
 */
function hostsFile(host: string, port: number): string {
  const server = host === "docker.io" ? "registry-1.docker.io" : host;
  return [
    `# /etc/containerd/certs.d/${host}/hosts.toml, or /etc/docker/certs.d/${host}/hosts.toml`,
    `server = "https://${server}"`,
    `[host."http://127.0.0.1:${port}"]`,
    '  capabilities = ["pull"]',
  ].join("\n");
}

function portOf(text: string): number {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : NaN;
  if (port <= 65_535) return port;
  const message = `${JSON.stringify(text)} is no port; write a number up to 65535, or 0 for any that is free`;
  throw new ProblemsError("slipway cache serve", [{ path: "--port", message }]);
}
