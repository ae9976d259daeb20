import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { ARTIFACT_LIMIT } from "../../../oci/artifact.ts";
import { Registries } from "../../../oci/registries.ts";
import { formatBytes } from "../../../rules/byte-size.ts";
import { type CachedListRules, imagesToKeep, type KeptList } from "../../../rules/cached-list.ts";
import { toldProblems } from "../../../rules/document-problems.ts";
import { type ImageList, readImageList } from "../../../rules/image-list.ts";
import {
  formatRepository,
  type ImageReference,
  parseImageReference,
} from "../../../rules/image-reference.ts";
import type { Channel } from "../../../rules/names.ts";
import { ProblemsError, UserError } from "../../../rules/problems.ts";
import { publishedList } from "../../images/published-list.ts";
import { namedFile } from "../../named-file.ts";
import { ImageListTag, listRepository } from "../../publishing/image-list-tag.ts";
import { homeOf } from "../../publishing/record-run.ts";
import { registryLogins, repositoryName, type Stack } from "../../stack.ts";

/** What a channel's list wants kept. */
export interface ListedImages extends KeptList {
  /** Where it was read: a path, or `ghcr.io/pytorch/slipway-images:main`. */
  readonly source: string;
  /** The commit that the channel recorded last. */
  readonly commit: string;
}

/** What is in the place of a list that nothing can be done with. */
const ADVICE = "write what slipway record made, or what slipway images --output wrote";

/**
 * The images of a channel's list.
 * @param given a file relative to the caller's folder, or a reference to where the stack keeps its lists; where the stack publishes its
 *   lists when undefined
 * @throws ProblemsError with everything that is wrong in it, or UserError; nothing of a list with a fault is taken
 */
export async function listedImages(
  stack: Stack,
  channel: Channel,
  given: string | undefined,
): Promise<ListedImages> {
  const { list, name } = await readList(stack, channel, given);
  const judged = imagesToKeep(list, listRules(stack, channel));
  if ("problems" in judged) throw new ProblemsError(name, judged.problems);
  if (judged.images.length === 0) {
    throw new UserError(
      `${name} lists no image, so that nothing is known of what to keep; the store stays as it is. slipway record writes the list`,
    );
  }
  return { source: name, commit: list.commit, ...judged };
}

function readList(
  stack: Stack,
  channel: Channel,
  given: string | undefined,
): Promise<{ readonly list: ImageList; readonly name: string }> {
  if (given === undefined) return publishedList(stack, channel);
  const reference = referenceOf(given);
  return reference === undefined ? readFileList(given) : readReferenceList(stack, reference);
}

/** Undefined of what has no registry in it, as a path. */
function referenceOf(text: string): ImageReference | undefined {
  try {
    return parseImageReference(text);
  } catch {
    return undefined;
  }
}

async function readReferenceList(
  stack: Stack,
  reference: ImageReference,
): Promise<{ readonly list: ImageList; readonly name: string }> {
  const own = listRepository(stack);
  // Of another repository nobody knows who may write it, and a list says what jobs run.
  if (own?.repository !== formatRepository(reference)) {
    const written =
      own === undefined ? "it keeps none on a registry" : `write ${own.repository}:TAG or @DIGEST`;
    throw new UserError(
      `--images: ${formatRepository(reference)} is not where stack ${stack.name} keeps its lists; ${written}. A list from elsewhere can be given as a file`,
    );
  }
  const tag = new ImageListTag(
    own.repository,
    reference.digest ?? reference.tag ?? "",
    new Registries(),
    await registryLogins(stack, [own.registry]),
  );
  const list = await tag.read();
  if (list === undefined) {
    throw new UserError(`--images: ${tag.name} is not there; slipway record writes the list`);
  }
  return { list, name: tag.name };
}

async function readFileList(
  path: string,
): Promise<{ readonly list: ImageList; readonly name: string }> {
  const name = namedFile("--images", path);
  const read = readImageList(await boundedText(name));
  if ("problems" in read) throw new ProblemsError(name, toldProblems(read.problems));
  return { list: read.list, name };
}

async function boundedText(file: string): Promise<string> {
  // A pipe without a writer would be waited for.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  const handle = await open(file, flags).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new UserError(
      `--images: there is no file ${file}, nor is that a reference (host/path:tag); ${ADVICE}`,
    );
  });
  try {
    const status = await handle.stat();
    if (!status.isFile()) throw new UserError(`--images ${file} is no file; ${ADVICE}`);
    if (status.size > ARTIFACT_LIMIT) {
      throw new UserError(
        `--images ${file} has ${formatBytes(status.size)}, and no list has more than ${formatBytes(ARTIFACT_LIMIT)}; nothing of it was read. ${ADVICE}`,
      );
    }
    return await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}

/** What a list has to be of: the stack's repository, and its families where its configuration keeps them. */
function listRules(stack: Stack, channel: Channel): CachedListRules {
  return {
    repository: homeOf(stack.configuration),
    channel,
    families: stack.families.map((family) => ({
      ...{ name: family.name, scheme: family.scheme },
      repositories: Object.fromEntries(
        family.registries.map((registry) => [registry, repositoryName(stack, family, registry)]),
      ),
    })),
  };
}
