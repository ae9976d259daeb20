import { resolve } from "node:path";
import { buildkitAnswers, readBuildkitChoice } from "./buildkit.ts";
import { isHealthy, logPath, runningDaemon } from "./daemon.ts";
import { readInstance, registryNames } from "./instance.ts";
import {
  ecrHealth,
  githubHealth,
  motoHealth,
  registryAnswers,
  registryHost,
  registrySocket,
  registryServiceName,
} from "./services.ts";
import { answersOk } from "./daemon.ts";

export interface ServiceStatus {
  /** `moto`, `ecr`, `registry-ecr`, `registry-ghcr.io`, `registry-docker.io`, `github`, `buildkit`. */
  readonly name: string;
  /** `unhealthy`: its process is there but does not answer, or the other way round. */
  readonly state: "running" | "stopped" | "unhealthy";
  /** Where it listens; for a registry as image references write it. */
  readonly address: string;
  /** Absent for a BuildKit that is not our own process, and for what is stopped. */
  readonly pid?: number;
  readonly logFile?: string;
}

/** What runs of the instance in a folder; empty when none was ever started there. Starts and builds nothing. */
export async function cloudStatus(folder: string): Promise<ServiceStatus[]> {
  const absolute = resolve(folder);
  const instance = await readInstance(absolute);
  if (instance === undefined) return [];
  const daemon = async (
    name: string,
    address: string,
    answers: () => Promise<boolean>,
  ): Promise<ServiceStatus> => {
    const running = await runningDaemon(absolute, name);
    const service = { name, address, logFile: logPath(absolute, name) };
    if (running === undefined) return { ...service, state: "stopped" };
    const healthy = await isHealthy({ isHealthy: answers });
    return { ...service, state: healthy ? "running" : "unhealthy", pid: running.pid };
  };
  const http = (port: number) => `http://127.0.0.1:${port}`;
  return Promise.all([
    daemon("moto", http(instance.ports.moto), () => answersOk(motoHealth(instance))),
    daemon("ecr", registryHost(instance, "ecr"), () => answersOk(ecrHealth(instance))),
    ...registryNames.map(async (name) =>
      daemon(
        registryServiceName(name),
        name === "ecr" ? await registrySocket(instance) : registryHost(instance, name),
        () => registryAnswers(instance, name),
      ),
    ),
    daemon("github", http(instance.ports.github), () => answersOk(githubHealth(instance))),
    buildkitStatus(absolute, daemon),
  ]);
}

async function buildkitStatus(
  folder: string,
  daemon: (
    name: string,
    address: string,
    answers: () => Promise<boolean>,
  ) => Promise<ServiceStatus>,
): Promise<ServiceStatus> {
  const choice = await readBuildkitChoice(folder);
  if (choice === undefined) {
    return { name: "buildkit", state: "stopped", address: "not chosen yet" };
  }
  const answers = () => buildkitAnswers(choice);
  if (choice.kind === "daemon") return daemon("buildkit", choice.address, answers);
  const state = (await answers()) ? "running" : "stopped";
  return { name: "buildkit", state, address: choice.address };
}
