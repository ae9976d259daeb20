import { createHash } from "node:crypto";
import { readFile, realpath, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { execa } from "execa";
import { UserError } from "../rules/problems.ts";
import { atLeast, findOnPath, versionIn } from "./executables.ts";
import { toolsFolder } from "./go-tools.ts";
import { withLock, type OnProgress } from "./lock.ts";
import { obstacleText, type Obstacle } from "./obstacle.ts";

export interface PythonToolOptions {
  readonly onProgress?: OnProgress | undefined;
  /** A pip requirements file with hashes; Slipway's own unless a test says otherwise. */
  readonly requirements?: string;
  /** Where environments are kept, shared by all instances of the local cloud on this checkout. */
  readonly toolsFolder?: string;
}

/** Programs of the virtual environment: its interpreter, and those that its packages bring. */
export type PythonToolName = "python" | "shellcheck" | "zizmor";

/** The oldest Python for which requirements.txt is resolved. */
const pythonNeeded = [3, 10];

/**
 * Absolute path of a program in the project's virtual environment, which is made once in
 * `.slipway/tools/python-<hash>/` from `local/python/requirements.txt`, every package checked against its hash.
 * @throws UserError when Python is missing or too old, lacks venv, or pip cannot install the packages.
 */
export async function pythonTool(
  name: PythonToolName,
  options: PythonToolOptions = {},
): Promise<string> {
  const requirements = options.requirements ?? join(import.meta.dirname, "python/requirements.txt");
  const text = await readFile(requirements);
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}\n`).update(text);
  const folder = options.toolsFolder ?? toolsFolder;
  const environment = join(folder, `python-${hash.digest("hex").slice(0, 16)}`);
  if (!(await isComplete(environment))) {
    await withLock(folder, basename(environment), options, async () => {
      if (!(await isComplete(environment))) await install(environment, requirements, options);
    });
  }
  return join(environment, "bin", name);
}

/** Written last: an environment without it was interrupted. It names the interpreter that the environment needs. */
const marker = "slipway-complete";

async function isComplete(environment: string): Promise<boolean> {
  try {
    const base = await readFile(join(environment, marker), "utf8");
    return (await realpath(join(environment, "bin/python"))) === base.trim();
  } catch {
    return false;
  }
}

async function install(
  environment: string,
  requirements: string,
  options: PythonToolOptions,
): Promise<void> {
  const base = await findPython();
  if ("how" in base) throw new UserError(`Python: ${obstacleText(base)}`);
  const started = Date.now();
  options.onProgress?.("installing the Python packages (first time, about 1 min)");
  await rm(environment, { recursive: true, force: true });
  const made = await execa(base.path, ["-m", "venv", environment], { reject: false, all: true });
  if (made.failed) {
    throw new UserError(`${base.path} -m venv failed; ${howPython}\n${tail(made.all)}`);
  }
  const python = join(environment, "bin/python");
  const installed = await execa(
    python,
    [
      ...["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"],
      // Every package is in the file with its hash, and none is built here: a build would fetch tools without one.
      ...["--require-hashes", "--no-deps", "--only-binary", ":all:", "--requirement", requirements],
    ],
    { reject: false, all: true },
  );
  if (installed.failed) {
    throw new UserError(
      `installing ${requirements} failed (pip must reach its package index, or have the packages elsewhere by ` +
        `its own settings, "pip config list"):\n${tail(installed.all)}`,
    );
  }
  await writeFile(join(environment, marker), `${await realpath(python)}\n`);
  const seconds = Math.round((Date.now() - started) / 1000);
  options.onProgress?.(`installed the Python packages in ${seconds} s`);
}

const howPython =
  "install Python 3.10 or newer with venv (Debian, Ubuntu: apt-get install python3 python3-venv)";
const names = ["python3", ...["14", "13", "12", "11", "10"].map((minor) => `python3.${minor}`)];

/** Absolute path and version of a Python that can make virtual environments, or why there is none. */
export async function findPython(): Promise<{ path: string; version: string } | Obstacle> {
  const unfit: string[] = [];
  for (const name of names) {
    const path = await findOnPath(name);
    if (path === undefined) continue;
    const { stdout } = await execa(path, ["--version"], { reject: false });
    const version = versionIn(stdout);
    if (version === undefined || !atLeast(version, pythonNeeded)) {
      unfit.push(`${path} is ${version?.join(".") ?? "not working"}, 3.10 is needed`);
      continue;
    }
    const modules = await execa(path, ["-c", "import venv, ensurepip"], { reject: false });
    if (!modules.failed) return { path, version: version.join(".") };
    unfit.push(`${path} has no venv or no ensurepip`);
  }
  const found = unfit.length === 0 ? "python3 is not on PATH" : unfit.join("; ");
  return { found, how: howPython };
}

function tail(text: string): string {
  const lines = text.trimEnd().split("\n").slice(-12);
  return lines.map((line) => `  ${line}`).join("\n");
}
