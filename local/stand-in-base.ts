import { createHash } from "node:crypto";
import {
  cp,
  lutimes,
  chmod,
  mkdir,
  readFile,
  readdir,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { assertGo, runGoBuild, toolsFolder } from "./go-tools.ts";
import { isExecutable } from "./executables.ts";
import { instancePaths } from "./instance.ts";
import { withLock, type OnProgress } from "./lock.ts";

/** GOARCH of the images that stand on the stand-in. */
export type GoArchitecture = "amd64" | "arm64";

const sources = join(import.meta.dirname, "stand-ins/base");

/** Names under which the shell answers: itself, commands of its own, and builtins that scripts also start as programs. */
const commands = [
  ...[
    "bash",
    "base64",
    "cat",
    "chmod",
    "cp",
    "echo",
    "env",
    "false",
    "find",
    "gunzip",
    "gzip",
    "ln",
    "ls",
  ],
  ...[
    "mkdir",
    "mktemp",
    "mv",
    "printf",
    "pwd",
    "rm",
    "sleep",
    "tar",
    "test",
    "touch",
    "true",
    "uname",
    "xargs",
  ],
];

/** Folders that programs expect, with their modes. */
const folders: readonly (readonly [path: string, mode: number])[] = [
  [".", 0o755],
  ["etc", 0o755],
  ["root", 0o700],
  ["tmp", 0o1777],
  ["usr", 0o755],
  ["usr/bin", 0o755],
  ["usr/local", 0o755],
  ["usr/local/bin", 0o755],
  ["var", 0o755],
];

/** All times in the stand-in, so that its layer is the same wherever and whenever it is made. */
const time = new Date("2000-01-01T00:00:00Z");

/**
 * Makes the root file system that stands in for every base image: a static shell with core commands, and an
 * `etc/os-release` that says what it is. Made again only when its sources change.
 * @returns its folder, `<instance>/stand-ins/base`.
 * @throws UserError when Go is missing or the build fails.
 */
export async function ensureStandInBase(
  instanceFolder: string,
  architecture: GoArchitecture,
  onProgress?: OnProgress,
): Promise<string> {
  const folder = instancePaths.standInBase(instanceFolder);
  const print = await sourceHash(architecture);
  const stamp = `${folder}.hash`;
  if ((await readFile(stamp, "utf8").catch(() => "")) === print) return folder;
  const shell = await buildShell(architecture, onProgress);
  const temporary = `${folder}.new`;
  await rm(temporary, { recursive: true, force: true });
  await assemble(temporary, shell);
  await rm(stamp, { force: true });
  await rm(folder, { recursive: true, force: true });
  await rename(temporary, folder);
  await writeFile(stamp, print);
  return folder;
}

/** Builds the shell once for all instances of this checkout. */
async function buildShell(
  architecture: GoArchitecture,
  onProgress: OnProgress | undefined,
): Promise<string> {
  const module = join(sources, "shell");
  const folder = join(
    toolsFolder,
    `stand-in-base-${(await sourceHash(architecture)).slice(0, 16)}`,
  );
  const shell = join(folder, "sh");
  if (await isExecutable(shell)) return shell;
  await withLock(folder, "build", { onProgress }, async () => {
    if (await isExecutable(shell)) return;
    await assertGo(module);
    await runGoBuild(
      "the shell of the base stand-in",
      [`${shell}.new`, "."],
      { cwd: module, env: { CGO_ENABLED: "0", GOOS: "linux", GOARCH: architecture }, minutes: 1 },
      onProgress,
    );
    await rename(`${shell}.new`, shell);
  });
  return shell;
}

async function assemble(root: string, shell: string): Promise<void> {
  for (const [path] of folders) await mkdir(join(root, path), { recursive: true });
  const files = join(sources, "files");
  await cp(files, root, { recursive: true });
  for (const file of await readdir(files, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const path = join(root, file.parentPath.slice(files.length), file.name);
    await chmod(path, 0o644);
    await utimes(path, time, time);
  }
  const bin = join(root, "usr/bin");
  await cp(shell, join(bin, "sh"));
  await chmod(join(bin, "sh"), 0o755);
  await utimes(join(bin, "sh"), time, time);
  // As in the distributions that it stands in for, /bin is /usr/bin.
  const links = [
    ...commands.map((name) => ["sh", join(bin, name)]),
    ["usr/bin", join(root, "bin")],
  ];
  for (const [target, path] of links as [string, string][]) {
    await symlink(target, path);
    await lutimes(path, time, time);
  }
  // Deepest first: what is made inside a folder changes the folder's time.
  for (const [path, mode] of [...folders].reverse()) {
    await chmod(join(root, path), mode);
    await utimes(join(root, path), time, time);
  }
}

async function sourceHash(architecture: GoArchitecture): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify([architecture, commands, folders]));
  const entries = await readdir(sources, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((e) => join(e.parentPath, e.name));
  for (const path of paths.sort()) {
    const bytes = await readFile(path);
    hash.update(`${path.slice(sources.length)} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest("hex");
}
