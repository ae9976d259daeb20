import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { LocalCloud } from "../rules/local-cloud.ts";
import { UserError } from "../rules/problems.ts";
import { endOrphans, ensureBuildkit, readBuildkitChoice, type Buildkit } from "./buildkit.ts";
import { type BuildNetwork, stopDockerBuilders } from "./buildkit-docker.ts";
import { ensureDaemon, stopDaemon, type Daemon } from "./daemon.ts";
import {
  ensureInstance,
  instancePaths,
  registryNames,
  registryUsername,
  writePrivately,
  type Instance,
  type RegistryName,
} from "./instance.ts";
import { withLock, type OnProgress } from "./lock.ts";
import { markedProcesses } from "./processes.ts";
import {
  ecrDaemon,
  githubDaemon,
  motoDaemon,
  registryDaemon,
  registryHost,
  registryServiceName,
  type RepositoryIdentity,
} from "./services.ts";
import { unmountBelow } from "./mounts.ts";
import { ensureStandInBase } from "./stand-in-base.ts";

export interface StartOptions extends RepositoryIdentity {
  /** The instance's folder, absolute or relative to the working directory. Made if it is not there. */
  readonly folder: string;
  /** The account that all access keys belong to; moto's own, 123456789012, when absent. */
  readonly awsAccountId?: string | undefined;
  /** Where ECR's registry looks for its repositories; us-east-1 when absent. */
  readonly awsRegion?: string | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** All daemons that an instance may run, in the order in which they are shown. */
export const daemonNames = [
  "moto",
  "ecr",
  ...registryNames.map(registryServiceName),
  "github",
  "buildkit",
] as const;

/**
 * Starts what does not run of the local cloud in a folder, at once where possible, and waits until all of it answers.
 * Installs and builds the tools that are missing. Two starts at once start everything once.
 * @returns what it also wrote to `<folder>/cloud.json`.
 * @throws UserError that tells all that is missing or failed; what did start goes on running.
 */
export async function startCloud(options: StartOptions): Promise<LocalCloud> {
  const folder = resolve(options.folder);
  const { onProgress } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return withLock(folder, "cloud", { onProgress }, async () => {
    const instance = await ensureInstance(folder);
    const start = async (daemon: Promise<Daemon>) => ensureDaemon(folder, await daemon, onProgress);
    const [built] = await allOf([
      startBuildkit(instance, onProgress),
      start(motoDaemon(instance, options.awsAccountId, onProgress)),
      start(ecrDaemon(instance, options.awsRegion ?? "us-east-1")),
      start(githubDaemon(instance, options)),
      ...registryNames.map((name) => start(registryDaemon(instance, name, onProgress))),
    ]);
    const cloud = describe(instance, built);
    await publish(cloud);
    return cloud;
  });
}

/**
 * Starts only what builds images: BuildKit, and the image that stands in for base images.
 * @throws UserError when there is no way to a BuildKit.
 */
export async function startBuilder(
  options: Pick<StartOptions, "folder" | "onProgress"> & { readonly network?: BuildNetwork },
): Promise<Built> {
  const folder = resolve(options.folder);
  const { onProgress } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return withLock(folder, "cloud", { onProgress }, async () => {
    const instance = await ensureInstance(folder);
    await mkdir(instancePaths.run(folder), { recursive: true });
    return startBuildkit(instance, onProgress, options.network);
  });
}

/** What images are built with. */
export interface Built {
  readonly buildkit: Buildkit;
  /** The named build context that stands in for base images. */
  readonly base: string;
}

async function startBuildkit(
  instance: Instance,
  onProgress: OnProgress | undefined,
  network?: BuildNetwork,
): Promise<Built> {
  const buildkit = await ensureBuildkit(instance, onProgress, network);
  const base = await ensureStandInBase(instance.folder, buildkit.architecture, onProgress);
  return { buildkit, base };
}

/**
 * Waits for all, then throws what failed: several users' errors as one, so that a person mends them in one go.
 */
async function allOf<T extends readonly Promise<unknown>[]>(
  promises: readonly [...T],
): Promise<{ [K in keyof T]: Awaited<T[K]> }> {
  const settled = await Promise.allSettled(promises);
  const messages = new Set<string>();
  for (const result of settled) {
    if (result.status === "fulfilled") continue;
    const reason: unknown = result.reason;
    if (!(reason instanceof UserError)) throw reason;
    messages.add(reason.message);
  }
  if (messages.size > 0) throw new UserError([...messages].join("\n\n"));
  return Promise.all(promises);
}

function describe(instance: Instance, { buildkit, base }: Built): LocalCloud {
  const registry = (name: RegistryName) => ({
    host: registryHost(instance, name),
    username: registryUsername(name),
    password: instance.registries[name].password,
  });
  return LocalCloud.parse({
    version: 1,
    folder: instance.folder,
    aws: { endpoint: `http://127.0.0.1:${instance.ports.moto}` },
    github: {
      endpoint: `http://127.0.0.1:${instance.ports.github}`,
      token: instance.githubToken,
    },
    registries: {
      ecr: registry("ecr"),
      "ghcr.io": registry("ghcr.io"),
      "docker.io": registry("docker.io"),
    },
    buildkit: { address: buildkit.address },
    standIns: { base },
  });
}

async function publish(cloud: LocalCloud): Promise<void> {
  const file = instancePaths.cloud(cloud.folder);
  const earlier = await readFile(file, "utf8").catch(() => "null");
  try {
    if (isDeepStrictEqual(JSON.parse(earlier), cloud)) return;
  } catch {
    // Not JSON: somebody's hand was in it. It is written anew.
  }
  await writePrivately(file, cloud);
}

export interface StopOptions {
  readonly onProgress?: OnProgress | undefined;
}

/**
 * Ends every process of the instance in a folder and waits until they are gone. Data, ports and credentials stay.
 * @returns whether anything ran.
 */
export async function stopCloud(folder: string, options: StopOptions = {}): Promise<boolean> {
  const absolute = resolve(folder);
  // What runs is told by its own files, so that an instance whose description is damaged can be stopped.
  if (!existsSync(instancePaths.run(absolute))) return false;
  return withLock(absolute, "cloud", options, async () => {
    const before = await markedProcesses(absolute);
    const choice = await readBuildkitChoice(absolute);
    await allOf([
      ...daemonNames.map((name) => stopDaemon(absolute, name)),
      ...(choice?.kind === "docker" ? [stopDockerBuilders(absolute)] : []),
    ]);
    await endOrphans(absolute);
    await unmountBelow(absolute);
    if (before.length > 0) {
      options.onProgress?.(
        `stopped ${before.length} ${before.length === 1 ? "process" : "processes"}`,
      );
    }
    return before.length > 0;
  });
}
