import { createReadStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { UserError } from "../rules/problems.ts";
import { hasDockerEngine } from "./container/docker.ts";
import { loadArchive } from "./container/docker-images.ts";
import { openImageBuilder } from "./image-builder.ts";
import { selectImages } from "./image-selection.ts";
import { callerFolder, instanceFolder } from "./project-root.ts";

export interface BuildOptions {
  readonly standIns: boolean;
  readonly output?: string;
}

/** Builds a family's images, or one; one that does not build does not stop the others. Returns the exit code. */
export async function buildFamily(
  family: string,
  accelerator: string | undefined,
  { standIns, output }: BuildOptions,
): Promise<number> {
  const images = await selectImages(family, accelerator);
  const builder = await openImageBuilder(standIns, (line) => console.log(line));
  const load = output === undefined && (await hasDockerEngine());
  const folder =
    output === undefined ? join(instanceFolder(), "images") : resolve(callerFolder(), output);
  await mkdir(folder, { recursive: true });
  let failed = 0;
  for (const image of images) {
    const archive = join(folder, `${image.label.replace("/", "-")}.tar`);
    const partial = `${archive}.part`;
    try {
      await builder.build(image, [`type=docker,name=${image.tag},dest=${partial}`]);
      await rename(partial, archive);
      if (load) await loadArchive(createReadStream(archive));
      console.log(
        load
          ? `${image.label}  loaded as ${image.tag}`
          : `${image.label}  docker load -i ${archive}  gives ${image.tag}`,
      );
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      await rm(partial, { force: true });
      console.error(`error: ${error.message}`);
      failed += 1;
    }
  }
  if (failed > 0 && images.length > 1) console.error(`${failed} of ${images.length} images failed`);
  return failed > 0 ? 1 : 0;
}
