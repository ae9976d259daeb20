import { isLoginFault } from "../../oci/faults.ts";
import { Registries } from "../../oci/registries.ts";
import type { ImageList } from "../../rules/image-list.ts";
import { isChannel } from "../../rules/names.ts";
import { UserError } from "../../rules/problems.ts";
import { openImageListTag } from "../publishing/image-list-tag.ts";
import type { Stack } from "../stack.ts";

/** The list that a channel published last, and where it is. */
export interface PublishedList {
  readonly list: ImageList;
  /** `ghcr.io/pytorch/slipway-images:main` */
  readonly name: string;
}

/**
 * Gets the list of a channel's images from the registry that keeps it.
 * @param channel another one than the stack's own
 * @throws UserError when none was published, nobody may see it or it is somebody else's; ProblemsError when it is no list
 */
export async function publishedList(
  stack: Stack,
  channel: string = stack.configuration.channel,
): Promise<PublishedList> {
  if (!isChannel(channel)) {
    throw new UserError(
      `--channel: ${JSON.stringify(channel)} has no list of images; write main, or release/ and one more level`,
    );
  }
  const configuration = { ...stack.configuration, channel };
  const tag = await openImageListTag({ ...stack, configuration }, new Registries());
  if (tag === undefined) {
    throw new UserError(
      `stack ${stack.name} publishes no list of images: all of its families are on ECR alone, which carries content names and no others; slipway image FAMILY asks for one of these`,
    );
  }
  const list = await read(tag, stack);
  if (list === undefined) {
    throw new UserError(
      `${tag.name} is not there: channel ${channel} published nothing yet. slipway record publishes the list after slipway up; another channel may have one (--channel)`,
    );
  }
  return { list, name: tag.name };
}

async function read(
  tag: { readonly name: string; read(): Promise<ImageList | undefined> },
  { configuration }: Stack,
): Promise<ImageList | undefined> {
  try {
    return await tag.read();
  } catch (error) {
    if (!isLoginFault(error)) throw error;
    // ghcr.io says the same of a package that is private and of one that is not there.
    throw new UserError(
      `${tag.name} is not shown to this machine: the package is private, or nothing was published yet, or ${configuration.owner} is the wrong owner (slipway:owner). ` +
        "Log in with an account that may read it (docker login, or GHCR_USER and GHCR_TOKEN, DOCKER_ID and DOCKER_TOKEN), or have the package made public. " +
        `The registry said: ${error.message}`,
      { cause: error },
    );
  }
}
