import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "undici";
import writeFileAtomic from "write-file-atomic";
import { stringify } from "yaml";
import { answersOk, type Daemon } from "./daemon.ts";
import { goTool } from "./go-tools.ts";
import { htpasswdLine } from "./htpasswd.ts";
import {
  instancePaths,
  registryUsername,
  socketFolder,
  type Instance,
  type RegistryName,
} from "./instance.ts";
import type { OnProgress } from "./lock.ts";
import { pythonTool } from "./python-tools.ts";

/**
 * The AWS services, by moto. It keeps everything in memory.
 * @see https://docs.getmoto.org/en/latest/docs/server_mode.html
 */
export async function motoDaemon(
  instance: Instance,
  accountId: string | undefined,
  onProgress: OnProgress | undefined,
): Promise<Daemon> {
  const { moto } = instance.ports;
  return {
    name: "moto",
    file: await pythonTool("python", { onProgress }),
    args: ["-m", "moto.server", "--host", "127.0.0.1", "--port", String(moto)],
    env: {
      PYTHONUNBUFFERED: "1",
      // Without it, every access key that moto did not make itself belongs to 123456789012.
      ...(accountId === undefined ? {} : { MOTO_ACCOUNT_ID: accountId }),
    },
    configuration: "",
    port: moto,
    startMilliseconds: 60_000,
    isHealthy: () => answersOk(motoHealth(instance)),
  };
}

export function motoHealth(instance: Instance): string {
  return `http://127.0.0.1:${instance.ports.moto}/moto-api/`;
}

export interface RepositoryIdentity {
  /** Organisation or user: `pytorch`. */
  readonly owner: string;
  /** Name without the owner: `pytorch`. */
  readonly repository: string;
}

/** The GitHub emulator of `local/github/`, and beside it the Sigstore of `local/sigstore/`. */
export async function githubDaemon(
  instance: Instance,
  identity: RepositoryIdentity,
): Promise<Daemon> {
  const { github } = instance.ports;
  const folder = instancePaths.github(instance.folder);
  await mkdir(folder, { recursive: true });
  return {
    name: "github",
    file: process.execPath,
    args: [
      join(import.meta.dirname, "github/main.ts"),
      ...["--port", String(github), "--folder", folder],
      ...["--owner", identity.owner, "--repository", identity.repository],
      ...["--sigstore", instancePaths.sigstore(instance.folder)],
    ],
    env: { GITHUB_EMULATOR_TOKEN: instance.githubToken, NODE_NO_WARNINGS: "1" },
    configuration: "",
    port: github,
    startMilliseconds: 30_000,
    isHealthy: () => answersOk(githubHealth(instance)),
  };
}

export function githubHealth(instance: Instance): string {
  return `http://127.0.0.1:${instance.ports.github}/_health`;
}

/**
 * ECR's registry: the front of `local/ecr/`, which asks moto, before the registry that keeps the content.
 * @param region whose repositories moto is asked for
 */
export async function ecrDaemon(instance: Instance, region: string): Promise<Daemon> {
  const folder = instancePaths.registry(instance.folder, "ecr");
  const { port } = instance.registries.ecr;
  return {
    name: "ecr",
    file: process.execPath,
    args: [
      join(import.meta.dirname, "ecr/main.ts"),
      ...["--port", String(port), "--socket", await registrySocket(instance)],
      ...["--storage", join(folder, "data"), "--state", join(folder, "revived.json")],
      ...["--endpoint", `http://127.0.0.1:${instance.ports.moto}`, "--region", region],
    ],
    env: { NODE_NO_WARNINGS: "1" },
    configuration: "",
    port,
    startMilliseconds: 30_000,
    isHealthy: () => answersOk(ecrHealth(instance)),
  };
}

export function ecrHealth(instance: Instance): string {
  return `http://127.0.0.1:${instance.registries.ecr.port}/_health`;
}

/** Where the registry behind ECR's front answers: a socket, so that nobody else finds it. */
export async function registrySocket(instance: Instance): Promise<string> {
  return join(await socketFolder(instance.folder), "ecr.sock");
}

/** Where a registry answers, with the port, as image references write it. */
export function registryHost(instance: Instance, name: RegistryName): string {
  return `localhost:${instance.registries[name].port}`;
}

/** The stand-in of one registry: CNCF Distribution with a password, and deletes switched on. ECR's is behind {@link ecrDaemon}. */
export async function registryDaemon(
  instance: Instance,
  name: RegistryName,
  onProgress: OnProgress | undefined,
): Promise<Daemon> {
  const file = await goTool("registry", { onProgress });
  const folder = instancePaths.registry(instance.folder, name);
  const configFile = join(folder, "config.yaml");
  const address =
    name === "ecr"
      ? { addr: await registrySocket(instance), net: "unix" }
      : { addr: `127.0.0.1:${instance.registries[name].port}` };
  const configuration = registryConfiguration(instance, name, address);
  await mkdir(folder, { recursive: true });
  await ensurePasswordFile(instance, name);
  if ((await readFile(configFile, "utf8").catch(() => "")) !== configuration) {
    await writeFileAtomic(configFile, configuration, { mode: 0o600 });
  }
  return {
    name: registryServiceName(name),
    file,
    args: ["serve", configFile],
    env: { OTEL_TRACES_EXPORTER: "none" },
    configuration,
    ...(name !== "ecr" && { port: instance.registries[name].port }),
    startMilliseconds: 30_000,
    isHealthy: () => registryAnswers(instance, name),
  };
}

export function registryServiceName(name: RegistryName): string {
  return `registry-${name}`;
}

/** Whether a registry lets its own user in: one that holds another password is not ours. */
export async function registryAnswers(instance: Instance, name: RegistryName): Promise<boolean> {
  const { port, password } = instance.registries[name];
  const login = Buffer.from(`${registryUsername(name)}:${password}`).toString("base64");
  const headers = { authorization: `Basic ${login}` };
  if (name !== "ecr") return answersOk(`http://127.0.0.1:${port}/v2/`, headers);
  const socket = new Client("http://localhost", { socketPath: await registrySocket(instance) });
  try {
    const signal = AbortSignal.timeout(2_000);
    const answer = await socket.request({ method: "GET", path: "/v2/", headers, signal });
    await answer.body.dump();
    return answer.statusCode === 200;
  } finally {
    await socket.destroy();
  }
}

function passwordFile(instance: Instance, name: RegistryName): string {
  return join(instancePaths.registry(instance.folder, name), "htpasswd");
}

/** A bcrypt hash differs each time, so the file is written once. */
async function ensurePasswordFile(instance: Instance, name: RegistryName): Promise<void> {
  const file = passwordFile(instance, name);
  if (existsSync(file)) return;
  const line = await htpasswdLine(registryUsername(name), instance.registries[name].password);
  await writeFileAtomic(file, line, { mode: 0o600 });
}

/** @see https://distribution.github.io/distribution/about/configuration/ */
function registryConfiguration(
  instance: Instance,
  name: RegistryName,
  address: { readonly addr: string; readonly net?: string },
): string {
  return stringify({
    version: 0.1,
    log: { level: "warn", accesslog: { disabled: true } },
    storage: {
      filesystem: {
        rootdirectory: join(instancePaths.registry(instance.folder, name), "data"),
      },
      delete: { enabled: true },
    },
    http: {
      ...address,
      secret: instance.registrySecret,
    },
    auth: { htpasswd: { realm: `slipway ${name}`, path: passwordFile(instance, name) } },
  });
}
