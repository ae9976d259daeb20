import { createReadStream, existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { containerRuntime } from "../local/go-tools.ts";
import { UserError } from "../rules/problems.ts";
import { type ContainerRun, parseMount } from "./container/container-run.ts";
import { dockerRun, hasDockerEngine } from "./container/docker.ts";
import { loadArchive } from "./container/docker-images.ts";
import { readImageConfig } from "./container/image-config.ts";
import { runWithRunc } from "./container/runc.ts";
import { openImageBuilder } from "./image-builder.ts";
import { selectImages } from "./image-selection.ts";
import { instanceFolder } from "./project-root.ts";

export interface RunCommandOptions {
  readonly standIns: boolean;
  readonly mount: readonly string[];
  readonly entrypoint?: string;
}

/** Builds an image and runs a command in it. Returns the command's exit code. */
export async function runImage(
  args: { readonly image: readonly string[]; readonly command: readonly string[] },
  { standIns, mount, entrypoint }: RunCommandOptions,
): Promise<number> {
  const [family = "", accelerator, ...tooMany] = args.image;
  if (tooMany.length > 0) {
    throw new UserError(
      `${tooMany.join(" ")}: write the command after --, e.g. slipway run ${args.image.slice(0, 2).join(" ")} -- ${tooMany.join(" ")}`,
    );
  }
  const [selected, ...others] = await selectImages(family, accelerator);
  if (selected === undefined || others.length > 0) {
    throw new UserError(
      `${family} has several images; name one, e.g. slipway run ${selected?.label.replace("/", " ") ?? family}`,
    );
  }
  const run: ContainerRun = {
    command: args.command,
    ...(entrypoint !== undefined && { entrypoint }),
    mounts: mount.map(parseMount),
    terminal: process.stdin.isTTY && process.stdout.isTTY,
  };
  for (const { source } of run.mounts) {
    if (!existsSync(source)) throw new UserError(`--mount: ${source} does not exist`);
  }
  const docker = await hasDockerEngine();
  if (!docker && process.getuid?.() !== 0) {
    throw new UserError(
      "run needs a Docker engine that this user may use, or root (it then uses runc)",
    );
  }
  // What is built is told on standard error: standard output is the command's.
  const builder = await openImageBuilder(standIns, (line) => console.error(line));
  const parent = join(instanceFolder(), "containers");
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, "run-"));
  try {
    if (docker) {
      const archive = join(folder, "image.tar");
      await builder.build(selected, [`type=docker,name=${selected.tag},dest=${archive}`]);
      await loadArchive(createReadStream(archive));
      return await dockerRun(selected.tag, run);
    }
    const layout = join(folder, "layout");
    // The image's user has to get past its root folder, whatever this user's umask.
    await mkdir(join(folder, "rootfs"));
    await chmod(join(folder, "rootfs"), 0o755);
    await builder.build(selected, [
      `type=oci,tar=false,dest=${layout}`,
      `type=local,dest=${join(folder, "rootfs")}`,
    ]);
    const runc = await containerRuntime({ onProgress: (line) => console.error(line) });
    return await runWithRunc(runc, folder, await readImageConfig(layout), run);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
