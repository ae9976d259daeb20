import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import writeFileAtomic from "write-file-atomic";
import { UserError } from "../rules/problems.ts";
import { registriesConfiguration } from "./buildkit-configuration.ts";
import { findOnPath } from "./executables.ts";
import { instancePaths, type Instance } from "./instance.ts";
import type { OnProgress } from "./lock.ts";
import type { Obstacle } from "./obstacle.ts";

const NETWORKS = ["host", "own"] as const;
/** The same BuildKit that local/go/go.mod pins. */
const image = "moby/buildkit:v0.31.1";

/**
 * Why `docker buildx` does not work here; undefined when it does: the client, its buildx plugin and a server that this
 * user may talk to.
 */
export async function dockerObstacle(): Promise<Obstacle | undefined> {
  if ((await findOnPath("docker")) === undefined) {
    return { found: "docker is not on PATH", how: "install Docker" };
  }
  const server = await docker(["version", "--format", "{{.Server.Version}}"], 10_000);
  if (server.failed || server.stdout.trim() === "") {
    return {
      found: `docker's server does not answer (${firstLine(server.stderr)})`,
      how: "start it, and let this user talk to it",
    };
  }
  const buildx = await docker(["buildx", "version"], 10_000);
  if (buildx.failed) {
    return { found: "docker has no buildx", how: "install its plugin (docker-buildx-plugin)" };
  }
  return undefined;
}

/**
 * Which network the steps of a build are in. `host`: the machine's, so that `localhost` means this machine, as the registries of
 * the local cloud need it. `own`: one of Docker's, for steps that somebody else wrote: services and abstract sockets of this
 * machine are out of their reach, and what it reaches by routes, such as a cloud's metadata service, is not.
 */
export type BuildNetwork = (typeof NETWORKS)[number];

/** Name of the builder that belongs to an instance. */
export function dockerBuilderName(folder: string, network: BuildNetwork = "host"): string {
  const name = `slipway-${createHash("sha256").update(folder).digest("hex").slice(0, 12)}`;
  return network === "own" ? `${name}-own` : name;
}

/**
 * Makes a builder of the driver docker-container. The builder that Docker itself has by default cannot push by digest.
 * @returns its address for buildctl: `docker-container://...`.
 * @throws UserError when Docker cannot make or start it.
 * @see https://docs.docker.com/build/builders/drivers/docker-container/
 */
export async function ensureDockerBuilder(
  instance: Instance,
  network: BuildNetwork,
  onProgress: OnProgress | undefined,
): Promise<string> {
  const name = dockerBuilderName(instance.folder, network);
  const address = `docker-container://buildx_buildkit_${name}0`;
  const known = await docker(["buildx", "inspect", name], 20_000);
  if (known.failed) {
    onProgress?.(`making the builder ${name} of docker buildx (${image})`);
    const folder = instancePaths.buildkit(instance.folder);
    const configFile = join(folder, "docker-builder.toml");
    await mkdir(folder, { recursive: true });
    await writeFileAtomic(configFile, registriesConfiguration(instance), { mode: 0o600 });
    const created = await docker(
      [
        ...["buildx", "create", "--name", name, "--driver", "docker-container"],
        ...(network === "host" ? ["--driver-opt", "network=host"] : []),
        ...["--driver-opt", `image=${image}`],
        ...["--buildkitd-config", configFile],
      ],
      60_000,
    );
    if (created.failed) throw new UserError(`buildx create failed: ${firstLine(created.stderr)}`);
  }
  const booted = await docker(["buildx", "inspect", "--bootstrap", name], 300_000);
  if (booted.failed) {
    throw new UserError(`the builder ${name} does not start: ${firstLine(booted.stderr)}`);
  }
  return address;
}

/** Stops the instance's builders; one that there is not is none to stop. */
export async function stopDockerBuilders(folder: string): Promise<void> {
  for (const network of NETWORKS) {
    await docker(["buildx", "stop", dockerBuilderName(folder, network)], 60_000);
  }
}

/** Removes the instance's builders with their build cache. */
export async function removeDockerBuilders(folder: string): Promise<void> {
  for (const network of NETWORKS) {
    await docker(["buildx", "rm", "--force", dockerBuilderName(folder, network)], 60_000);
  }
}

async function docker(
  args: readonly string[],
  timeout: number,
): Promise<{ failed: boolean; stdout: string; stderr: string }> {
  return execa("docker", args, { reject: false, timeout });
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}
