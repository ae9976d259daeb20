/*
 * A Docker engine for tests: a dockerd of its own, beside any that the machine runs, with its data and its sockets in a
 * folder that is removed when the tests' process ends. There are two kinds, because they load and name images differently:
 * "classic" keeps unpacked layers and calls an image by its configuration's digest, "containerd" keeps an image's own blobs
 * and calls it by its manifest's. It has no network: give containers `--network none`; it pulls from registries all the same.
 *
 *   const engine = withDockerEngine("classic");
 *   it("...", () => engine().docker("load", "--input", archive));
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { ensureDaemon, runningDaemon } from "../../local/daemon.ts";
import { findOnPath } from "../../local/executables.ts";
import { cloudFolder } from "./cloud.ts";
import { ENGINE_DAEMON, removeEngineFolder } from "./engine-folder.ts";
import {
  engineConfiguration,
  engineObstacle,
  enginePrograms,
  type EngineKind,
} from "./engine-programs.ts";
import { skipBecause } from "./skip.ts";

export type { EngineKind } from "./engine-programs.ts";

export interface DockerEngine {
  readonly kind: EngineKind;
  /** For a program that is to speak to this engine: DOCKER_HOST, DOCKER_CONFIG (its logins) and PATH with a `docker`. */
  readonly env: Readonly<Record<"DOCKER_HOST" | "DOCKER_CONFIG" | "PATH", string>>;
  /** Process id of its daemon, which is alone in writing its images. */
  readonly pid: number;
  /** What a `docker` with these arguments prints. */
  docker(...args: readonly string[]): Promise<string>;
  /** Keeps a registry's login, for this engine's clients only. */
  login(registry: RegistryLogin): Promise<void>;
  /** Ends it and removes its folder; may be called twice. */
  stop(): Promise<void>;
}

/** As the local cloud describes its registries. */
export interface RegistryLogin {
  readonly host: string;
  readonly username: string;
  readonly password: string;
}

/**
 * Starts an engine before the tests of the current suite and ends it after them; the function gives it to a test. Where the
 * machine can run none, the suite is skipped and says why; in CI that is an error.
 */
export function withDockerEngine(kind: EngineKind): () => DockerEngine {
  let engine: DockerEngine | undefined;
  before(`start a ${kind} engine`, async function () {
    this.timeout(15 * 60_000); // On a fresh machine the programs are fetched or built here.
    const obstacle = await engineObstacle();
    if (obstacle !== undefined) skipBecause(this, `no Docker engine can be started: ${obstacle}`);
    engine = await startDockerEngine(kind);
  });
  after(async function () {
    this.timeout(60_000);
    await engine?.stop();
    engine = undefined;
  });
  return () => {
    if (engine === undefined) throw new Error("the engine is there only while tests run");
    return engine;
  };
}

/**
 * Starts an engine and waits until it answers.
 * @throws UserError with the end of its log when it does not
 */
export async function startDockerEngine(kind: EngineKind): Promise<DockerEngine> {
  const folder = await cloudFolder();
  const stop = (): Promise<void> => removeEngineFolder(folder);
  try {
    return { ...(await startIn(folder, kind)), kind, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startIn(
  folder: string,
  kind: EngineKind,
): Promise<Omit<DockerEngine, "kind" | "stop">> {
  const programs = await enginePrograms(kind, folder);
  const configFile = join(folder, "daemon.json");
  const configuration = JSON.stringify(engineConfiguration(kind, folder, programs));
  await writeFile(configFile, configuration);
  const env = {
    DOCKER_HOST: `unix://${join(folder, "docker.sock")}`,
    DOCKER_CONFIG: join(folder, "client"),
    PATH: programs.env.PATH,
  };
  await mkdir(env.DOCKER_CONFIG);
  const client = (await findOnPath("docker", env.PATH)) ?? "docker";
  const docker = async (args: readonly string[], input = ""): Promise<string> =>
    (await execa(client, args, { env, input })).stdout;

  await ensureDaemon(
    folder,
    {
      name: ENGINE_DAEMON,
      file: programs.dockerd,
      args: ["--config-file", configFile],
      env: { ...programs.env, TMPDIR: folder },
      configuration,
      startMilliseconds: 60_000,
      isHealthy: async () => (await docker(["version", "--format", "{{.Server.Version}}"])) !== "",
    },
    undefined,
  );
  const running = await runningDaemon(folder, ENGINE_DAEMON);
  if (running === undefined) throw new Error(`${programs.dockerd} ended right after its start`);
  return {
    env,
    pid: running.pid,
    docker: (...args) => docker(args),
    login: async ({ host, username, password }) => {
      await docker(["login", "--username", username, "--password-stdin", host], password);
    },
  };
}
