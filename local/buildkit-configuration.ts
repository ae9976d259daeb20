import { registryNames, type Instance } from "./instance.ts";
import { registryHost } from "./services.ts";

/**
 * The registries of the instance speak plain http; BuildKit is told so for each host and port.
 * @see https://docs.docker.com/build/buildkit/toml-configuration/
 */
export function registriesConfiguration(instance: Instance): string {
  return registryNames
    .map((name) => `[registry.${text(registryHost(instance, name))}]\n  http = true\n`)
    .join("\n");
}

/** buildkitd.toml of our own daemon. */
export function buildkitConfiguration(
  instance: Instance,
  place: { root: string; sockets: string; runc: string; socketAddress: string },
): string {
  return `root = ${text(place.root)}

[log]
  format = "text"

[grpc]
  address = [${text(place.socketAddress)}]

# The default is one path for the whole machine.
[otel]
  socketPath = ${text(`${place.sockets}/otel.sock`)}

[cdi]
  disabled = true

[worker.oci]
  enabled = true
  binary = ${text(place.runc)}
  networkMode = "host"
  gc = true
  reservedSpace = "1GB"
  maxUsedSpace = "10GB"
  minFreeSpace = "2GB"

[worker.containerd]
  enabled = false

[history]
  maxEntries = 100

${registriesConfiguration(instance)}`;
}

/** A TOML basic string: JSON's escapes are a part of TOML's. */
function text(value: string): string {
  return JSON.stringify(value);
}
