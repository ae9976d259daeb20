/*
 * Programs out of Debian's packages (or Ubuntu's), for tests, on a machine that lacks them: downloaded, unpacked below
 * .slipway/tools and run from there. Nothing is installed on the machine.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { glob, mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { findOnPath } from "../../local/executables.ts";
import { toolsFolder } from "../../local/go-tools.ts";
import { withLock, type OnProgress } from "../../local/lock.ts";

/** Variables with which programs out of unpacked packages find each other and their libraries. */
export interface ProgramsEnv {
  readonly PATH: string;
  readonly LD_LIBRARY_PATH?: string;
}

/** Why packages cannot be had on this machine; undefined when they can. */
export async function debianObstacle(): Promise<string | undefined> {
  for (const program of ["apt-get", "dpkg"]) {
    if ((await findOnPath(program)) === undefined) return `${program}: not found on PATH`;
  }
  return undefined;
}

/**
 * Packages with all that they need and the machine does not have, in `.slipway/tools/debian-<hash of their names and the
 * system>`. They are fetched once, also when two processes ask at once, and never half. Their versions are those of the day.
 * @throws Error with what apt said when a package cannot be had
 */
export async function debianPrograms(
  packages: readonly string[],
  onProgress?: OnProgress,
  folder: string = toolsFolder,
): Promise<ProgramsEnv> {
  const key = JSON.stringify([process.arch, await release(), [...packages].sort()]);
  const name = `debian-${createHash("sha256").update(key).digest("hex").slice(0, 16)}`;
  const root = join(folder, name);
  if (!existsSync(root)) {
    await withLock(folder, name, { onProgress }, async () => {
      if (!existsSync(root)) await fetchPackages(packages, folder, name, onProgress);
    });
  }
  return environment(root);
}

/** The system and its version, whose other libraries the packages are made for. */
async function release(): Promise<readonly string[]> {
  const text = await readFile("/etc/os-release", "utf8").catch(() => "");
  return text.split("\n").filter((line) => /^(?:ID|VERSION_ID)=/.test(line));
}

async function fetchPackages(
  packages: readonly string[],
  folder: string,
  name: string,
  onProgress: OnProgress | undefined,
): Promise<void> {
  onProgress?.(`fetching the packages ${packages.join(", ")}`);
  // Left by a process that was killed: we hold the lock, so nobody writes there now.
  for (const entry of await readdir(folder)) {
    if (entry.startsWith(`.${name}-`)) await rm(join(folder, entry), { recursive: true });
  }
  const temporary = join(folder, `.${name}-${process.pid}`);
  const downloads = join(temporary, "downloads");
  const root = join(temporary, "root");
  await mkdir(downloads, { recursive: true });
  await mkdir(root);
  try {
    try {
      await download(packages, downloads);
    } catch {
      // The lists of packages are empty, as in most containers, or older than what the mirror has.
      await execa("apt-get", ["update", "-q"]);
      await download(packages, downloads);
    }
    for (const file of await readdir(downloads)) {
      await execa("dpkg", ["--extract", join(downloads, file), root]);
    }
    await rename(root, join(folder, name));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Lets apt say what an installation would add to this machine, and downloads that. */
async function download(packages: readonly string[], to: string): Promise<void> {
  const simulated = ["--simulate", "--no-install-recommends", "install", ...packages];
  const { stdout } = await execa("apt-get", simulated, { env: { LC_ALL: "C" } });
  const added = [...stdout.matchAll(/^Inst (\S+) (?:\[\S+\] )?\((\S+)/gm)].map(
    ([, name, version]) => `${name}=${version}`,
  );
  const installed = packages.filter((one) => !added.some((line) => line.startsWith(`${one}=`)));
  await execa("apt-get", ["download", "-q", ...added, ...installed], { cwd: to });
}

async function environment(root: string): Promise<ProgramsEnv> {
  const programs = ["usr/sbin", "usr/bin", "sbin", "bin"].map((folder) => join(root, folder));
  const libraries: string[] = [];
  for await (const folder of glob("{usr/,}lib/*-linux-gnu", { cwd: root })) {
    libraries.push(join(root, folder));
  }
  const path = [...programs, process.env["PATH"] ?? ""].join(delimiter);
  return {
    PATH: path,
    ...(libraries.length > 0 && { LD_LIBRARY_PATH: libraries.join(delimiter) }),
  };
}
