import { mkdir, symlink } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { execa } from "execa";
import { daemonObstacle } from "../../local/buildkit-daemon.ts";
import { atLeast, findOnPath, versionIn } from "../../local/executables.ts";
import { containerRuntime, goPrograms } from "../../local/go-tools.ts";
import { debianObstacle, debianPrograms, type ProgramsEnv } from "./debian-programs.ts";

/** Where an engine keeps its images. */
export type EngineKind = "classic" | "containerd";

export interface EnginePrograms {
  /** Absolute path. */
  readonly dockerd: string;
  /** Of the daemon and of its clients: PATH has `docker`, containerd and a runtime. */
  readonly env: ProgramsEnv;
  /** Of dockerd, major first; undefined of one that Go built out of a module, which does not know it. */
  readonly version: readonly number[] | undefined;
}

const BUILD = {
  // The parts in C are drivers of file systems that no test uses.
  tags: ["netgo", "osusergo", "exclude_graphdriver_btrfs", "no_btrfs"],
  minutes: 2,
} as const;

/** What `test/go` pins; a dockerd of the machine is used with the containerd that came with it. */
const CONTAINERD_ENGINE = {
  dockerd: {
    package: "github.com/moby/moby/v2/cmd/dockerd",
    onPath: { atLeast: [28, 0] },
    ...BUILD,
  },
};
const CONTAINERD = {
  containerd: { package: "github.com/containerd/containerd/v2/cmd/containerd", ...BUILD },
  "containerd-shim-runc-v2": {
    package: "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2",
    ...BUILD,
  },
};

/** Why this machine can run no engine; undefined when it can. */
export async function engineObstacle(): Promise<string | undefined> {
  const obstacle = await daemonObstacle();
  if (obstacle !== undefined) return `dockerd ${obstacle.found}`;
  if ((await findOnPath("dockerd")) !== undefined) return undefined;
  const noPackages = await debianObstacle();
  return noPackages === undefined ? undefined : `dockerd: not found on PATH, and ${noPackages}`;
}

/**
 * The programs of an engine. The classic one is the machine's own, else Debian's, which keeps images in the old way to this
 * day; the other one is the machine's own if it is new enough, else built from `test/go`.
 * @param folder takes what PATH must have under another name
 */
export async function enginePrograms(kind: EngineKind, folder: string): Promise<EnginePrograms> {
  const onProgress = (line: string): void => console.log(`    ${line}`);
  if (kind === "classic") {
    const path = await findOnPath("dockerd");
    const env = path === undefined ? await debianPrograms(["docker.io"], onProgress) : machineEnv();
    return described(path ?? (await findOnPath("dockerd", env.PATH)), env);
  }
  const moduleFolder = join(import.meta.dirname, "../go");
  const { dockerd } = await goPrograms(CONTAINERD_ENGINE, { moduleFolder, onProgress });
  if (dockerd === (await findOnPath("dockerd"))) return described(dockerd, machineEnv());
  const { containerd } = await goPrograms(CONTAINERD, { moduleFolder, onProgress });
  // A client of any age will do.
  const client =
    (await findOnPath("docker")) === undefined
      ? await debianPrograms(["docker.io"], onProgress)
      : machineEnv();
  const names = join(folder, "bin");
  await mkdir(names, { recursive: true });
  await symlink(await containerRuntime({ onProgress }), join(names, "runc"));
  const path = [names, dirname(containerd), client.PATH].join(delimiter);
  return described(dockerd, { ...client, PATH: path });
}

function machineEnv(): ProgramsEnv {
  return { PATH: process.env["PATH"] ?? "" };
}

async function described(dockerd: string | undefined, env: ProgramsEnv): Promise<EnginePrograms> {
  if (dockerd === undefined) throw new Error("the packages of docker.io have no dockerd");
  const { stdout } = await execa(dockerd, ["--version"], { env: { ...env } });
  return { dockerd, env, version: versionIn(stdout) };
}

/** What an engine is told at its start: all it writes lies in its folder, and it leaves the machine's network alone. */
export function engineConfiguration(
  kind: EngineKind,
  folder: string,
  { version }: EnginePrograms,
): object {
  return {
    hosts: [`unix://${join(folder, "docker.sock")}`],
    "data-root": join(folder, "data"),
    "exec-root": join(folder, "exec"),
    pidfile: join(folder, "dockerd.pid"),
    // Otherwise it writes one into /etc; later versions have no such key, and refuse the word.
    ...(version !== undefined &&
      !atLeast(version, [21]) && { "deprecated-key-path": join(folder, "key.json") }),
    features: { "containerd-snapshotter": kind === "containerd" },
    ...(kind === "classic" && { "storage-driver": "overlay2" }),
    bridge: "none",
    iptables: false,
    ip6tables: false,
    "ip-forward": false,
    "userland-proxy": false,
  };
}
