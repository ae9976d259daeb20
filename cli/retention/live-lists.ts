import { Registries } from "../../oci/registries.ts";
import { type ImageList, readImageList } from "../../rules/image-list.ts";
import { ProblemsError, UserError } from "../../rules/problems.ts";
import { ImageListTag, openImageListTag } from "../publishing/image-list-tag.ts";
import { registryLogins, type Stack } from "../stack.ts";
import { readGivenFile } from "./given-file.ts";

/** The images that channels hand out, and what could not be learnt of them. */
export interface LiveLists {
  readonly lists: readonly ImageList[];
  readonly notes: readonly string[];
}

/**
 * Reads images.json files.
 * @param paths relative to the caller's folder
 * @throws UserError that lists all faults of all files
 */
export async function listsOfFiles(paths: readonly string[]): Promise<LiveLists> {
  const faults: string[] = [];
  const lists: ImageList[] = [];
  for (const path of paths) {
    const read = readImageList(await readGivenFile("--images", path));
    if ("list" in read) lists.push(read.list);
    else faults.push(new ProblemsError(path, read.problems).message);
  }
  if (faults.length > 0) throw new UserError(faults.join("\n"));
  return { lists, notes: [] };
}

/**
 * Reads the lists of all channels from where they are published.
 * @throws UserError when what is there is no list, or the registry refuses or does not answer: what is needed is not known
 *   then, and nothing may be called safe. That nothing was recorded yet makes a note.
 */
export async function publishedLists(stack: Stack): Promise<LiveLists> {
  const registries = new Registries();
  const logins = await registryLogins(stack, registriesOf(stack));
  const own = await openImageListTag(stack, registries, logins);
  if (own === undefined) {
    const why = "no registry of the stack carries names that move, so no channel has a list";
    return { lists: [], notes: [`${why}; give --images`] };
  }
  const repository = own.name.slice(0, own.name.lastIndexOf(":"));
  try {
    const tags = await registries.repository(repository, logins).tags();
    const lists: ImageList[] = [];
    for (const tag of tags) {
      const list = await new ImageListTag(repository, tag, registries, logins).read();
      if (list !== undefined) lists.push(list);
    }
    if (lists.length > 0) return { lists, notes: [] };
    return {
      lists,
      notes: [`no channel has a list in ${repository} yet; slipway record writes it`],
    };
  } catch (error) {
    if (!(error instanceof UserError) || error instanceof ProblemsError) throw error;
    throw new UserError(
      `${error.message}\nWithout the channels' lists nobody knows what is needed; mend that, or name their images.json files by --images`,
      { cause: error },
    );
  }
}

function registriesOf({ families }: Stack) {
  return families.flatMap(({ registries }) => registries).filter((name) => name !== "ecr");
}
