import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import writeFileAtomic from "write-file-atomic";
import { buildkitConfiguration } from "./buildkit-configuration.ts";
import type { Daemon } from "./daemon.ts";
import { containerRuntime, goTools } from "./go-tools.ts";
import { instancePaths, socketFolder, type Instance } from "./instance.ts";
import type { OnProgress } from "./lock.ts";
import type { Obstacle } from "./obstacle.ts";

/** Bit of CAP_SYS_ADMIN in the kernel's capability masks. */
const sysAdmin = 1n << 21n;

/**
 * Why this machine cannot run our own buildkitd; undefined when it can.
 * @see https://github.com/moby/buildkit/blob/master/docs/rootless.md for what it takes without root
 */
export async function daemonObstacle(): Promise<Obstacle | undefined> {
  if (process.platform !== "linux") {
    return { found: "runs on Linux only", how: "install Docker with buildx" };
  }
  if (process.getuid?.() !== 0) {
    return {
      found: "needs root, and this user is not root",
      how: "install Docker with buildx, or run a rootless buildkitd and set BUILDKIT_HOST",
    };
  }
  const status = await readFile("/proc/self/status", "utf8");
  const capabilities = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  if ((capabilities & sysAdmin) === 0n) {
    return {
      found: "needs the capability CAP_SYS_ADMIN, which this container lacks",
      how: "run the container with --privileged",
    };
  }
  return undefined;
}

export interface BuildkitDaemon extends Daemon {
  /** `unix:///.../buildkitd.sock` */
  readonly socketAddress: string;
}

/** buildkitd with the oci worker, runc and the host's network; it runs as root. */
export async function ownBuildkitDaemon(
  instance: Instance,
  buildctl: string,
  onProgress: OnProgress | undefined,
): Promise<BuildkitDaemon> {
  const { buildkitd } = await goTools(["buildkitd"], { onProgress });
  const runc = await containerRuntime({ onProgress });
  const sockets = await socketFolder(instance.folder);
  const root = instancePaths.buildkit(instance.folder);
  const temporary = join(root, "tmp");
  await mkdir(temporary, { recursive: true });
  const socketAddress = `unix://${join(sockets, "buildkitd.sock")}`;
  const configuration = buildkitConfiguration(instance, { root, sockets, runc, socketAddress });
  const configFile = join(root, "buildkitd.toml");
  if ((await readFile(configFile, "utf8").catch(() => "")) !== configuration) {
    await writeFileAtomic(configFile, configuration, { mode: 0o600 });
  }
  return {
    name: "buildkit",
    file: buildkitd,
    args: ["--config", configFile],
    // Its passing mounts then lie in the instance's folder, where they can be found and undone after a crash.
    env: { TMPDIR: temporary },
    configuration,
    startMilliseconds: 30_000,
    isHealthy: async () =>
      !(
        await execa(buildctl, ["--addr", socketAddress, "--timeout", "20", "debug", "workers"], {
          timeout: 20_000,
          reject: false,
        })
      ).failed,
    socketAddress,
  };
}
