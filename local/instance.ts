import { createHash, randomBytes } from "node:crypto";
import { chmod, lstat, mkdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import { UserError } from "../rules/problems.ts";
import { chooseFreePorts } from "./ports.ts";

/** The registries an image.yaml can name, by the names of their stand-ins. */
export const registryNames = ["ecr", "ghcr.io", "docker.io"] as const;
export type RegistryName = (typeof registryNames)[number];

const port = z.number().int().min(1).max(65_535);
const registry = z.strictObject({ port, password: z.string().min(16) });

/** What is chosen once for an instance and never changes: ports are part of image references. */
const Instance = z.strictObject({
  version: z.literal(1),
  ports: z.strictObject({ moto: port, github: port }),
  githubToken: z.string().min(16),
  registries: z.strictObject({ ecr: registry, "ghcr.io": registry, "docker.io": registry }),
  /** Registries sign upload sessions with it. */
  registrySecret: z.string().min(16),
});
export type Instance = z.infer<typeof Instance> & { readonly folder: string };

/** ECR's user name is always AWS; the others carry ours. */
export function registryUsername(name: RegistryName): string {
  return name === "ecr" ? "AWS" : "slipway";
}

/** Paths inside an instance's folder. */
export const instancePaths = {
  instance: (folder: string) => join(folder, "instance.json"),
  cloud: (folder: string) => join(folder, "cloud.json"),
  logs: (folder: string) => join(folder, "logs"),
  run: (folder: string) => join(folder, "run"),
  registry: (folder: string, name: RegistryName) => join(folder, "registries", name),
  github: (folder: string) => join(folder, "github"),
  sigstore: (folder: string) => join(folder, "sigstore"),
  buildkit: (folder: string) => join(folder, "buildkit"),
  standInBase: (folder: string) => join(folder, "stand-ins", "base"),
} as const;

/** The instance in a folder, undefined when none was ever started there. */
export async function readInstance(folder: string): Promise<Instance | undefined> {
  const file = instancePaths.instance(resolve(folder));
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  const parsed = Instance.safeParse(parseJson(text));
  if (!parsed.success) {
    throw new UserError(
      `${file}: not an instance of the local cloud, version 1 (written by another version of Slipway, or damaged); ` +
        `slipway local remove --yes stops its services and deletes it`,
    );
  }
  return { ...parsed.data, folder: resolve(folder) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The instance in a folder; where there is none, its ports and credentials are chosen and kept. */
export async function ensureInstance(folder: string): Promise<Instance> {
  const existing = await readInstance(folder);
  if (existing !== undefined) return existing;
  await mkdir(folder, { recursive: true });
  const [moto, github, ecr, ghcr, dockerHub] = await chooseFreePorts(5);
  const instance = Instance.parse({
    version: 1,
    ports: { moto, github },
    githubToken: secret(),
    registries: {
      ecr: { port: ecr, password: secret() },
      "ghcr.io": { port: ghcr, password: secret() },
      "docker.io": { port: dockerHub, password: secret() },
    },
    registrySecret: secret(),
  });
  await writePrivately(instancePaths.instance(folder), instance);
  return { ...instance, folder: resolve(folder) };
}

function secret(): string {
  return randomBytes(24).toString("base64url");
}

/** Writes JSON that only this user may read, whole or not at all. */
export async function writePrivately(file: string, value: unknown): Promise<void> {
  await writeFileAtomic(file, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
}

/**
 * Folder for the unix sockets of an instance: its own `run`, or where that is too long, one below /tmp that only this
 * user may enter. A socket's path has 107 bytes on Linux and 103 elsewhere.
 * @see https://man7.org/linux/man-pages/man7/unix.7.html
 */
export async function socketFolder(folder: string): Promise<string> {
  const own = instancePaths.run(resolve(folder));
  if (Buffer.byteLength(join(own, "buildkitd.sock")) <= 103) {
    await mkdir(own, { recursive: true });
    return own;
  }
  const short = shortSocketFolder(folder);
  await mkdir(short, { recursive: true, mode: 0o700 });
  const found = await lstat(short);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new UserError(`${short}: needed for sockets, but not a folder of this user; delete it`);
  }
  await chmod(short, 0o700);
  return short;
}

/** Where the sockets of an instance with a long path lie, whether or not the folder exists. */
export function shortSocketFolder(folder: string): string {
  const hash = createHash("sha256").update(resolve(folder)).digest("hex").slice(0, 16);
  return `/tmp/slipway-${hash}`;
}
