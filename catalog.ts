import { access, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Dockerfile,
  parseDockerfile,
  type Stage,
  stageNames,
  viewOf,
} from "./context/dockerfile.ts";
import { stagesWithoutEpoch } from "./context/epoch.ts";
import { contextHolds } from "./context/walk.ts";
import { EPOCH_ARG } from "./rules/image-file-schema.ts";
import { buildArgsOf, type ImageFile, readImageFile } from "./rules/image-file.ts";
import { formatProblems, type Problem, UserError } from "./rules/problems.ts";

export type { Base, CatalogImage } from "./rules/image-file.ts";
export type { RegistryName } from "./rules/image-file-schema.ts";

/** A folder in `images/`: a Dockerfile and its `image.yaml`. */
export interface Family extends ImageFile {
  /** The folder's name, and the last part of its repositories' paths. */
  readonly name: string;
  /** Absolute path of the folder, and so the build context. */
  readonly folder: string;
}

/** Repositories that are no family's: rules/build-cache.ts, and what `slipway record` and `slipway snapshot publish` write. */
const RESERVED = /-(?:cache|candidate)$|^slipway-(?:images|snapshot)$/;

/** All families by name, in the order of their names. */
export type Catalog = ReadonlyMap<string, Family>;

const IMAGES = join(import.meta.dirname, "images");
const PINNED = /@sha256:[0-9a-f]{64}$/;
/** A part of a repository's path. @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md */
const FAMILY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;

/**
 * Reads every family of the catalogue.
 * @param folder absolute path of the folder that holds one folder for each family
 * @throws UserError that lists all faults of all families, file by file
 */
export async function readCatalog(folder: string = IMAGES): Promise<Catalog> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const families: Family[] = [];
  const faults: string[] = [];
  await Promise.all(
    names.sort().map(async (name) => {
      const read = await readFamily(name, join(folder, name));
      if ("family" in read) families.push(read.family);
      else faults.push(formatProblems(`images/${name}/image.yaml`, read.problems));
    }),
  );
  if (faults.length > 0) throw new UserError(faults.sort().join("\n"));
  return new Map(families.sort((a, b) => (a.name < b.name ? -1 : 1)).map((f) => [f.name, f]));
}

async function readFamily(
  name: string,
  folder: string,
): Promise<{ readonly family: Family } | { readonly problems: readonly Problem[] }> {
  const [text, dockerfileText] = await Promise.all([
    readText(join(folder, "image.yaml")),
    readText(join(folder, "Dockerfile")),
  ]);
  const problems: Problem[] = [...(await folderProblems(folder))];
  if (!FAMILY.test(name)) {
    problems.push({
      path: "(folder)",
      message: `${JSON.stringify(name)} is no part of a repository's path; write lower-case letters and digits, parts separated by one ".", "_" or "-"`,
    });
  }
  if (RESERVED.test(name)) {
    problems.push({
      path: "(folder)",
      message: `${JSON.stringify(name)} is the repository of a build cache, of candidates, of the lists of images or of snapshots; call the family something else`,
    });
  }
  const dockerfile = dockerfileText === undefined ? undefined : parseDockerfile(dockerfileText);
  if (dockerfile === undefined) {
    problems.push({ path: "(folder)", message: "has no Dockerfile; every family has one" });
  } else if (dockerfile.stages.length === 0) {
    problems.push({
      path: "(Dockerfile)",
      message: "has no stage; begin it with FROM base AS ...",
    });
  }
  if (text === undefined) {
    problems.push({ path: "(file)", message: "missing; every folder of images/ has one" });
    return { problems };
  }
  const read = readImageFile(
    text,
    dockerfile && { stages: stageNames(dockerfile), args: dockerfile.args },
  );
  if ("problems" in read) return { problems: [...problems, ...read.problems] };
  if (dockerfile !== undefined) {
    problems.push(...(await dockerfileProblems(folder, dockerfile, read.file)));
  }
  return problems.length > 0 ? { problems } : { family: { name, folder, ...read.file } };
}

async function folderProblems(folder: string): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  if (!(await exists(join(folder, "scripts")))) {
    problems.push({
      path: "(folder)",
      message: "has no folder scripts; builds see it as their named context scripts",
    });
  }
  if (await contextHolds(folder, "Dockerfile", "image.yaml")) {
    problems.push({
      path: "(.dockerignore)",
      message:
        "lets image.yaml into the build context, so that one changed accelerator could rename all images; add the line image.yaml",
    });
  }
  return problems;
}

/** Whatever a key cannot speak for: images and a frontend that the Dockerfile names itself, scripts that are not there. */
async function dockerfileProblems(
  folder: string,
  dockerfile: Dockerfile,
  file: ImageFile,
): Promise<readonly Problem[]> {
  const views = file.images.map((image) =>
    viewOf(dockerfile, buildArgsOf(file, image), image.target),
  );
  const images = new Set(views.flatMap((view) => view.images));
  const scripts = new Set(
    views.flatMap(({ scripts }) => (scripts === "everything" ? [] : scripts)),
  );
  const problems: Problem[] = [];
  if (dockerfile.frontend !== undefined && !PINNED.test(dockerfile.frontend)) {
    problems.push({
      path: "(Dockerfile)",
      message: `its syntax line names the frontend ${JSON.stringify(dockerfile.frontend)} without a digest, so that the same Dockerfile could build something else; delete the line, or write IMAGE@sha256:...`,
    });
  }
  if (file.epoch > 0) {
    const blind = views.flatMap((view) => stagesWithoutEpoch(dockerfile, view, EPOCH_ARG));
    for (const stage of new Set(blind)) {
      problems.push({
        path: "epoch",
        message: `${file.epoch} builds nothing of the Dockerfile's ${stageLabel(dockerfile, stage)} anew, which must declare ARG ${EPOCH_ARG} before its first RUN, or old content could get a new name; write ARG ${EPOCH_ARG} below its FROM`,
      });
    }
  }
  for (const image of images) {
    if (PINNED.test(image)) continue;
    problems.push({
      path: "(Dockerfile)",
      message: `${JSON.stringify(image)} is no stage, and as an image it has no digest; write FROM base and name the image in bases`,
    });
  }
  for (const script of scripts) {
    if (await exists(join(folder, "scripts", script))) continue;
    problems.push({ path: "(Dockerfile)", message: `scripts/${script} does not exist` });
  }
  return problems;
}

function stageLabel({ stages }: Dockerfile, stage: Stage): string {
  return stage.name === undefined
    ? `stage number ${stages.indexOf(stage)}`
    : `stage ${JSON.stringify(stage.name)}`;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function readText(path: string): Promise<string | undefined> {
  return (await exists(path)) ? readFile(path, "utf8") : undefined;
}
