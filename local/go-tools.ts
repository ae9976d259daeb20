import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { UserError } from "../rules/problems.ts";
import { atLeast, findOnPath, isExecutable, versionIn } from "./executables.ts";
import { withLock, type OnProgress } from "./lock.ts";

/** A Go program that a module pins. */
export interface GoProgram {
  readonly package: string;
  /** runc enters namespaces in C before Go's runtime starts, so it cannot be built without a C compiler. */
  readonly cgo?: true;
  /** Build tags. */
  readonly tags?: readonly string[];
  /** Minutes that a first build takes on 2 cores, modules downloaded. */
  readonly minutes: number;
  /** The machine's own program is used instead when it is on PATH and does for us. */
  readonly onPath?: { readonly atLeast: readonly number[]; readonly linkedWith?: string };
}

export type GoPrograms = Readonly<Record<string, GoProgram>>;

const tools = {
  buildkitd: {
    package: "github.com/moby/buildkit/cmd/buildkitd",
    minutes: 2,
    onPath: { atLeast: [0, 17] },
  },
  buildctl: {
    package: "github.com/moby/buildkit/cmd/buildctl",
    minutes: 1,
    onPath: { atLeast: [0, 17] },
  },
  registry: { package: "github.com/distribution/distribution/v3/cmd/registry", minutes: 1 },
  runc: {
    package: "github.com/opencontainers/runc",
    minutes: 1,
    // It tells this in `runc --version`; without it, it cannot run what BuildKit gives it.
    onPath: { atLeast: [1, 1], linkedWith: "libseccomp" },
    cgo: true,
  },
  "runc-without-seccomp": { package: "./runc-without-seccomp", minutes: 0 },
  actionlint: { package: "github.com/rhysd/actionlint/cmd/actionlint", minutes: 1 },
} as const satisfies GoPrograms;

/** The Go programs that `local/go/go.mod` pins. */
export type GoToolName = keyof typeof tools;

export interface GoToolOptions {
  readonly onProgress?: OnProgress | undefined;
  /** The Go module that pins the programs; Slipway's own unless a test says otherwise. */
  readonly moduleFolder?: string;
  /** Where built programs are kept, shared by all instances of the local cloud on this checkout. */
  readonly toolsFolder?: string;
}

const projectFolder = join(import.meta.dirname, "..");
export const toolsFolder = join(projectFolder, ".slipway", "tools");

/**
 * Absolute path of what BuildKit is to start containers with: the machine's own runc if it does, else the one that is
 * built here, behind the program that makes up for its lack of libseccomp.
 */
export async function containerRuntime(options: GoToolOptions = {}): Promise<string> {
  const paths = await goTools(["runc"], options);
  const isOwn = paths.runc.startsWith(options.toolsFolder ?? toolsFolder);
  return isOwn ? goTool("runc-without-seccomp", options) : paths.runc;
}

/** Absolute path of one pinned Go program; see {@link goTools}. */
export async function goTool(name: GoToolName, options: GoToolOptions = {}): Promise<string> {
  return (await goTools([name], options))[name];
}

/**
 * Absolute paths of pinned Go programs: the machine's own if new enough, else built once into
 * `.slipway/tools/<hash>/`, where the hash covers the Go module. Builds are atomic, and two processes that ask at
 * once build once.
 * @throws UserError when Go (or for runc, a C compiler) is missing or too old, or the build fails.
 */
export async function goTools<Name extends GoToolName>(
  names: readonly Name[],
  options: GoToolOptions = {},
): Promise<Record<Name, string>> {
  const moduleFolder = options.moduleFolder ?? join(import.meta.dirname, "go");
  const programs = Object.fromEntries(names.map((name): [Name, GoProgram] => [name, tools[name]]));
  return goPrograms(programs as Record<Name, GoProgram>, { ...options, moduleFolder });
}

/** The same for the programs of any module. */
export async function goPrograms<Name extends string>(
  programs: Readonly<Record<Name, GoProgram>>,
  options: GoToolOptions & { readonly moduleFolder: string },
): Promise<Record<Name, string>> {
  const { moduleFolder } = options;
  const folder = join(options.toolsFolder ?? toolsFolder, await moduleHash(moduleFolder));
  const paths = new Map<Name, string>();
  const missing: Name[] = [];
  for (const name of Object.keys(programs) as Name[]) {
    const onMachine = await fromMachine(name, programs[name], options.onProgress);
    const found = onMachine ?? join(folder, name);
    paths.set(name, found);
    if (!(await isExecutable(found))) missing.push(name);
  }
  if (missing.length > 0) {
    await withLock(folder, "build", options, async () => {
      const still: Name[] = [];
      for (const name of missing) if (!(await isExecutable(join(folder, name)))) still.push(name);
      const needed = Object.fromEntries(still.map((name) => [name, programs[name]]));
      if (still.length > 0) await build(needed, moduleFolder, folder, options.onProgress);
    });
  }
  return Object.fromEntries(paths) as Record<Name, string>;
}

/** Names the folder of a module's built programs: the hash of its pins and of its own code. */
async function moduleHash(moduleFolder: string): Promise<string> {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}\n`);
  const files = (await readdir(moduleFolder, { recursive: true })).filter((file) =>
    /(^go\.(mod|sum)|\.go)$/.test(file),
  );
  for (const file of files.sort()) {
    const text = await readFile(join(moduleFolder, file));
    hash.update(`${file} ${text.length}\n`).update(text);
  }
  return `go-${hash.digest("hex").slice(0, 16)}`;
}

async function fromMachine(
  name: string,
  { onPath }: GoProgram,
  onProgress: OnProgress | undefined,
): Promise<string | undefined> {
  if (onPath === undefined) return undefined;
  const path = await findOnPath(name);
  if (path === undefined) return undefined;
  const { stdout } = await execa(path, ["--version"], { reject: false, timeout: 10_000 });
  const version = versionIn(stdout);
  const problem =
    version === undefined
      ? "does not tell its version"
      : !atLeast(version, onPath.atLeast)
        ? `is ${version.join(".")}, at least ${onPath.atLeast.join(".")} is needed`
        : !stdout.includes(onPath.linkedWith ?? "")
          ? `is not linked with ${onPath.linkedWith ?? ""}`
          : undefined;
  if (problem === undefined) return path;
  onProgress?.(`${path} ${problem}: using our own`);
  return undefined;
}

async function build(
  programs: GoPrograms,
  moduleFolder: string,
  folder: string,
  onProgress: OnProgress | undefined,
): Promise<void> {
  await assertGo(moduleFolder);
  const needsCompiler = Object.values(programs).some(({ cgo }) => cgo === true);
  if (needsCompiler) await assertCompiler();
  // Left by a process that was killed: we hold the lock, so nobody writes there now.
  for (const entry of await readdir(folder)) {
    if (entry.startsWith(".building-")) await rm(join(folder, entry), { recursive: true });
  }
  const temporary = join(folder, `.building-${process.pid}`);
  await mkdir(temporary);
  try {
    const groups = Map.groupBy(Object.entries(programs), ([, program]) => buildFlags(program));
    for (const group of groups.values()) {
      await goBuild(Object.fromEntries(group), { moduleFolder, temporary }, onProgress);
    }
    for (const name of Object.keys(programs)) {
      await rename(join(temporary, name), join(folder, name));
    }
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Programs of the same flags are built at once. */
function buildFlags({ cgo, tags }: GoProgram): string {
  return JSON.stringify([cgo, tags]);
}

/** @param programs all with the same flags */
async function goBuild(
  programs: GoPrograms,
  place: { moduleFolder: string; temporary: string },
  onProgress: OnProgress | undefined,
): Promise<void> {
  const all = Object.values(programs);
  const minutes = all.reduce((sum, program) => sum + program.minutes, 0);
  const { cgo, tags = [] } = all[0] ?? {};
  const flags = tags.length > 0 ? [`-tags=${tags.join(",")}`] : [];
  await runGoBuild(
    Object.keys(programs).join(", "),
    [`${place.temporary}/`, ...flags, ...all.map((program) => program.package)],
    { cwd: place.moduleFolder, env: { CGO_ENABLED: cgo === true ? "1" : "0" }, minutes },
    onProgress,
  );
}

/**
 * One `go build -o <first argument> <the others>`, with a line of progress at the start, every 20 s and at the end.
 * @throws UserError with the end of what Go printed.
 */
export async function runGoBuild(
  what: string,
  outputAndPackages: readonly string[],
  options: { cwd: string; env: Record<string, string>; minutes: number },
  onProgress: OnProgress | undefined,
): Promise<void> {
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const duration = options.minutes > 0 ? `about ${options.minutes} min` : "a few seconds";
  onProgress?.(`building ${what} (first time, ${duration})`);
  const flags = ["build", "-mod=readonly", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o"];
  const running = execa("go", [...flags, ...outputAndPackages], {
    cwd: options.cwd,
    env: { ...options.env, GOWORK: "off" },
    reject: false,
    all: true,
  });
  const timer = setInterval(
    () => onProgress?.(`still building ${what} (${seconds()} s)`),
    20_000,
  ).unref();
  const result = await running.finally(() => clearInterval(timer));
  if (result.failed) {
    const lines = result.all.split("\n").filter((line) => !line.startsWith("go: downloading"));
    throw new UserError(
      `building ${what} from ${options.cwd} failed (the first build fetches Go modules, by the setting GOPROXY):\n` +
        lines
          .slice(-15)
          .map((line) => `  ${line}`)
          .join("\n"),
    );
  }
  onProgress?.(`built ${what} in ${seconds()} s`);
}

/**
 * Refuses a machine without a Go that can build the module.
 * @throws UserError that names the version found and the version needed.
 * @see https://go.dev/doc/toolchain for how a newer Go fetches the toolchain that go.mod asks for
 */
export async function assertGo(moduleFolder: string): Promise<void> {
  const needed = await goNeeded(moduleFolder);
  const how = `install Go ${needed} or newer (https://go.dev/dl/) and put it on PATH`;
  if ((await findOnPath("go")) === undefined) throw new UserError(`go: not found on PATH; ${how}`);
  const { stdout, stderr } = await execa("go", ["version"], { cwd: moduleFolder, reject: false });
  const found = versionIn(stdout);
  if (found === undefined) throw new UserError(`go: "go version" failed: ${stderr}; ${how}`);
  if (!atLeast(found, versionIn(needed) ?? [])) {
    throw new UserError(`go: found ${found.join(".")}, ${needed} is needed; ${how}`);
  }
}

/** The Go version that the module's go.mod asks for: `1.26.0`. */
export async function goNeeded(moduleFolder: string): Promise<string> {
  const text = await readFile(join(moduleFolder, "go.mod"), "utf8");
  const version = /^go (\S+)$/m.exec(text)?.[1];
  if (version === undefined) throw new Error(`${moduleFolder}/go.mod has no go line`);
  return version;
}

async function assertCompiler(): Promise<void> {
  const { stdout } = await execa("go", ["env", "CC"], { reject: false });
  const compiler = stdout.trim() || "gcc";
  if ((await findOnPath(compiler)) !== undefined || (await isExecutable(compiler))) return;
  throw new UserError(
    `${compiler}: not found on PATH; runc is written partly in C. Install runc itself ` +
      `(apt-get install runc) or a C compiler (apt-get install gcc libc6-dev)`,
  );
}
