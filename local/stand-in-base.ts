import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { layoutContext } from "../rules/layout-context.ts";
import { isExecutable } from "./executables.ts";
import { assertGo, runGoBuild, toolsFolder } from "./go-tools.ts";
import { instancePaths } from "./instance.ts";
import { withLock, type OnProgress } from "./lock.ts";
import { ociLayout, type LayerEntry } from "./oci-layout.ts";

/** GOARCH of the images that stand on the stand-in. */
export type GoArchitecture = "amd64" | "arm64";

const sources = join(import.meta.dirname, "stand-ins/base");

/** Names under which the shell answers: itself, commands of its own, and builtins that scripts also start as programs. */
const commands = (
  "bash base64 cat chmod cp echo env false find gunzip gzip ln ls mkdir mktemp mv printf pwd rm sleep tar test touch " +
  "true uname xargs"
).split(" ");

/** Folders that programs expect, with their modes. */
const folders: readonly (readonly [path: string, mode: number])[] = [
  ["etc", 0o755],
  ["root", 0o700],
  ["tmp", 0o1777],
  ["usr", 0o755],
  ["usr/bin", 0o755],
  ["usr/local", 0o755],
  ["usr/local/bin", 0o755],
  ["usr/share", 0o755],
  ["usr/share/packages", 0o755],
  ["var", 0o755],
];

/**
 * Makes the image that stands in for every base image: a static shell with core commands, what a contract asks an image
 * (its C library's version and its packages, both made up), and an `etc/os-release` that says what it is. It lies in the
 * instance's folder as an OCI layout and has the same digest wherever it is made. Made again only when its sources change.
 * @returns its named build context: `oci-layout://<instance>/stand-ins/base@sha256:...`.
 * @throws UserError when Go is missing or the build fails.
 */
export async function ensureStandInBase(
  instanceFolder: string,
  architecture: GoArchitecture,
  onProgress?: OnProgress,
): Promise<string> {
  const folder = instancePaths.standInBase(instanceFolder);
  const print = await sourceHash(architecture);
  const stamp = `${folder}.made`;
  const [made, digest] = (await readFile(stamp, "utf8").catch(() => "")).split(" ");
  if (made === print && digest !== undefined) return layoutContext({ folder, digest });
  const shell = await buildShell(architecture, onProgress);
  const layout = await ociLayout(await entries(shell), { os: "linux", architecture });
  const temporary = `${folder}.new`;
  await rm(temporary, { recursive: true, force: true });
  for (const [path, bytes] of layout.files) {
    await mkdir(join(temporary, path, ".."), { recursive: true });
    await writeFile(join(temporary, path), bytes);
  }
  await rm(stamp, { force: true });
  await rm(folder, { recursive: true, force: true });
  await rename(temporary, folder);
  await writeFile(stamp, `${print} ${layout.digest}`);
  return layoutContext({ folder, digest: layout.digest });
}

/** Builds the shell once for all instances of this checkout. */
async function buildShell(
  architecture: GoArchitecture,
  onProgress: OnProgress | undefined,
): Promise<string> {
  const module = join(sources, "shell");
  const name = `stand-in-shell-${(await folderHash(module, architecture)).slice(0, 16)}`;
  const folder = join(toolsFolder, name);
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

/** Everything in the image; a folder comes before what is in it. */
async function entries(shell: string): Promise<readonly LayerEntry[]> {
  const files = join(sources, "files");
  const found = (await readdir(files, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(files, join(parentPath, name)))
    .sort();
  return [
    ...folders.map(([path, mode]) => ({ kind: "folder" as const, path, mode })),
    ...(await Promise.all(
      found.map(async (path) => ({
        kind: "file" as const,
        path,
        // A checkout's modes follow from somebody's umask.
        mode: path.startsWith("usr/bin/") ? 0o755 : 0o644,
        bytes: await readFile(join(files, path)),
      })),
    )),
    { kind: "file", path: "usr/bin/sh", mode: 0o755, bytes: await readFile(shell) },
    ...commands.map((name) => link(`usr/bin/${name}`, "sh")),
    // As in the distributions that it stands in for, /bin is /usr/bin.
    link("bin", "usr/bin"),
  ];
}

function link(path: string, target: string): LayerEntry {
  return { kind: "link", path, target };
}

async function sourceHash(architecture: GoArchitecture): Promise<string> {
  return folderHash(sources, JSON.stringify([architecture, commands, folders]));
}

/** SHA-256 of the paths and bytes below a folder, and of what else counts. */
async function folderHash(folder: string, more: string): Promise<string> {
  const hash = createHash("sha256").update(more);
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = found.filter((entry) => entry.isFile()).map((e) => join(e.parentPath, e.name));
  for (const path of paths.sort()) {
    const bytes = await readFile(path);
    hash.update(`${relative(folder, path)} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest("hex");
}
