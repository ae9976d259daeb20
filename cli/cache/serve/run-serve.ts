import { once } from "node:events";
import { servedHosts } from "../../../rules/cache-repository.ts";
import { storeFolder } from "../store-option.ts";
import { Store } from "../store/store.ts";
import { serveStore } from "./serve-store.ts";

/** Options of `slipway cache serve`. */
export interface ServeOptions {
  readonly store?: string;
  readonly port: number;
}

/** Serves a store until the process is told to end; a second signal ends it at once. */
export async function runServe(options: ServeOptions): Promise<void> {
  const store = await Store.open(storeFolder(options.store));
  const { listed, former } = await store.all();
  const images = [...listed, ...former];
  const stopped = firstSignal();
  const server = await serveStore(store, options.port);
  console.log(
    `serving ${store.folder} on ${server.addresses.join(" and ")}, to this machine alone`,
  );
  if (images.length === 0) {
    console.log(
      "it has no images yet, and every request is answered 404 until slipway cache refresh brings some",
    );
  }
  for (const host of servedHosts(images)) console.log(`\n${hostsFile(host, server.port)}`);
  await stopped;
  console.log("ending when the requests under way are answered");
  await server.close();
}

/** Resolves at the first signal to end; the next one, whichever it is, ends the process as it does by itself. */
async function firstSignal(): Promise<void> {
  const ended = new AbortController();
  const { signal } = ended;
  await Promise.race(SIGNALS.map((name) => once(process, name, { signal }))).finally(() =>
    ended.abort(),
  );
}

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/**
 * What makes containerd, and a Docker engine with containerd's image store, look here first. It may resolve, as only the
 * names of contents are answered here, which never move: for others the next host is asked after the 404, and that is the server.
 * @see https://github.com/containerd/containerd/blob/main/core/remotes/docker/resolver.go Resolve
 * @see https://github.com/containerd/containerd/blob/main/docs/hosts.md
 * @see https://docs.docker.com/engine/daemon/configure-registry/
 */
function hostsFile(host: string, port: number): string {
  const server = host === "docker.io" ? "registry-1.docker.io" : host;
  return [
    `# /etc/containerd/certs.d/${host}/hosts.toml, or /etc/docker/certs.d/${host}/hosts.toml`,
    `server = "https://${server}"`,
    `[host."http://127.0.0.1:${port}"]`,
    '  capabilities = ["pull", "resolve"]',
  ].join("\n");
}
