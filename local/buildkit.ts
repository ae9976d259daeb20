import { setTimeout as delay } from "node:timers/promises";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import { UserError } from "../rules/problems.ts";
import { ownBuildkitDaemon, daemonObstacle } from "./buildkit-daemon.ts";
import { type BuildNetwork, dockerObstacle, ensureDockerBuilder } from "./buildkit-docker.ts";
import { ensureDaemon, runningDaemon } from "./daemon.ts";
import { goTools } from "./go-tools.ts";
import { instancePaths, writePrivately, type Instance } from "./instance.ts";
import type { OnProgress } from "./lock.ts";
import { obstacleText, type Obstacle } from "./obstacle.ts";
import { containerProcesses, endProcesses } from "./processes.ts";
import type { GoArchitecture } from "./stand-in-base.ts";

/** Which BuildKit an instance uses, kept in its folder so that status and stop know it. */
const BuildkitChoice = z.strictObject({
  /** `host`: the one of BUILDKIT_HOST; `docker`: a builder of docker buildx; `daemon`: our own buildkitd. */
  kind: z.enum(["host", "docker", "daemon"]),
  /** Address for buildctl. */
  address: z.string(),
  /** The buildctl to reach it with. */
  buildctl: z.string(),
});
export type BuildkitChoice = z.infer<typeof BuildkitChoice>;

/** A BuildKit that answers. */
export interface Buildkit extends BuildkitChoice {
  /** Its own processor architecture: what images are built for unless they say otherwise. */
  readonly architecture: GoArchitecture;
}

const choicePath = (folder: string) => join(instancePaths.run(folder), "buildkit-choice.json");

export async function readBuildkitChoice(folder: string): Promise<BuildkitChoice | undefined> {
  const text = await readFile(choicePath(folder), "utf8").catch(() => undefined);
  return text === undefined ? undefined : BuildkitChoice.parse(JSON.parse(text));
}

/**
 * A BuildKit for the instance: the one of `BUILDKIT_HOST` if set, else a builder of a working `docker buildx`, else our
 * own buildkitd.
 * @param network of a builder of docker buildx; the others are in the network that they were started in, our own buildkitd in the
 *   host's
 * @throws UserError when there is no way; it says for each way what is missing.
 */
export async function ensureBuildkit(
  instance: Instance,
  onProgress: OnProgress | undefined,
  network: BuildNetwork = "host",
): Promise<Buildkit> {
  const { buildctl } = await goTools(["buildctl"], { onProgress });
  const address = process.env["BUILDKIT_HOST"] ?? "";
  if (address !== "") {
    return settle(instance, { kind: "host", address, buildctl });
  }
  // A builder that was chosen before and still works is kept, even if Docker has been installed since.
  const earlier = await readBuildkitChoice(instance.folder);
  const own = await daemonObstacle();
  const isSettled = earlier?.kind === "daemon" && own === undefined;
  const docker = isSettled ? undefined : await dockerWay(instance, buildctl, network, onProgress);
  if (docker !== undefined && "address" in docker) {
    // The instance goes on using the one that it has.
    const isBeside = network === "own" && earlier !== undefined;
    return isBeside ? answering(docker) : settle(instance, docker);
  }
  if (own !== undefined) {
    throw new UserError(
      [
        "no BuildKit: images cannot be built. One of these is needed:",
        "  BUILDKIT_HOST: not set; set it to the address of a running buildkitd (unix:///..., tcp://...)",
        `  docker buildx: ${docker === undefined ? "not asked" : obstacleText(docker)}`,
        `  buildkitd: ${obstacleText(own)}`,
      ].join("\n"),
    );
  }
  const daemon = await ownBuildkitDaemon(instance, buildctl, onProgress);
  await endOrphans(instance.folder);
  await ensureDaemon(instance.folder, daemon, onProgress);
  return settle(instance, { kind: "daemon", address: daemon.socketAddress, buildctl });
}

/** Ends the containers of build steps that a killed buildkitd left running. */
export async function endOrphans(folder: string): Promise<void> {
  if ((await runningDaemon(folder, "buildkit")) !== undefined) return;
  await endProcesses(await containerProcesses(instancePaths.buildkit(folder)), 0);
}

/** A builder of Docker's, or why there is none: a Docker that cannot make one does not stand in the way of the rest. */
async function dockerWay(
  instance: Instance,
  buildctl: string,
  network: BuildNetwork,
  onProgress: OnProgress | undefined,
): Promise<BuildkitChoice | Obstacle> {
  const obstacle = await dockerObstacle();
  if (obstacle !== undefined) return obstacle;
  try {
    const address = await ensureDockerBuilder(instance, network, onProgress);
    return { kind: "docker", address, buildctl };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    onProgress?.(`docker buildx does not work: ${error.message}`);
    return { found: error.message, how: "see to Docker" };
  }
}

async function settle(instance: Instance, choice: BuildkitChoice): Promise<Buildkit> {
  const buildkit = await answering(choice);
  await mkdir(instancePaths.run(instance.folder), { recursive: true });
  await writePrivately(choicePath(instance.folder), choice);
  return buildkit;
}

async function answering(choice: BuildkitChoice): Promise<Buildkit> {
  return { ...choice, architecture: await builderArchitecture(choice) };
}

const Workers = z.array(
  z.object({ platforms: z.array(z.object({ os: z.string(), architecture: z.string() })) }),
);

/**
 * Asks a BuildKit for its workers and tells the architecture of the first.
 * @throws UserError when it does not answer within 10 s or builds for neither amd64 nor arm64.
 */
async function builderArchitecture(choice: BuildkitChoice): Promise<GoArchitecture> {
  const asked = await askWorkers(choice, 10_000);
  if (asked.failed) {
    const how = choice.kind === "host" ? "; start it, or unset BUILDKIT_HOST" : "";
    throw new UserError(`BuildKit at ${choice.address} does not answer: ${asked.stderr}${how}`);
  }
  const workers = Workers.parse(JSON.parse(asked.stdout));
  const architecture = workers[0]?.platforms[0]?.architecture;
  if (architecture === "amd64" || architecture === "arm64") return architecture;
  throw new UserError(
    `BuildKit at ${choice.address} builds for ${architecture ?? "nothing"}; amd64 or arm64 is needed`,
  );
}

/**
 * Whether a BuildKit answers within 20 s: on a busy machine its client alone takes some to start. One that breaks a first question
 * off, as a busy one does, is asked again.
 */
export async function buildkitAnswers(
  choice: Pick<BuildkitChoice, "address" | "buildctl">,
): Promise<boolean> {
  if (!(await askWorkers(choice, 20_000)).failed) return true;
  await delay(1_000);
  return !(await askWorkers(choice, 20_000)).failed;
}

async function askWorkers(
  choice: Pick<BuildkitChoice, "address" | "buildctl">,
  timeout: number,
): Promise<{ failed: boolean; stdout: string; stderr: string }> {
  const format = ["--format", "{{json .}}"];
  // Else buildctl gives up after 5 s by itself, which a busy machine takes for an answer.
  const connection = ["--addr", choice.address, "--timeout", String(timeout / 1000)];
  return execa(choice.buildctl, [...connection, "debug", "workers", ...format], {
    timeout,
    reject: false,
  });
}
