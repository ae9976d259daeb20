import { getArtifact, putArtifact, sourceAnnotation } from "../../oci/artifact.ts";
import type { CredentialsByHost, Registries } from "../../oci/registries.ts";
import { toldProblems } from "../../rules/document-problems.ts";
import type { RegistryName } from "../../rules/image-file-schema.ts";
import { DIGEST } from "../../rules/image-reference.ts";
import { type ImageList, imageListText, readImageList } from "../../rules/image-list.ts";
import { channelTag } from "../../rules/names.ts";
import { ProblemsError, UserError } from "../../rules/problems.ts";
import { registryLogins, repositoryName, type Stack } from "../stack.ts";
import { homeOf } from "./record-run.ts";

/** The repository beside those of the families that has a tag for each channel's list. */
const REPOSITORY = "slipway-images";
const ARTIFACT_TYPE = "application/vnd.slipway.images.v1";
const MEDIA_TYPE = "application/json";

/** Whose list a tag has to hold. */
export type ListOwner = Pick<ImageList, "repository" | "channel">;

/** Where a channel's list of images is kept: one tag of an OCI artifact, which always holds one whole list. */
export class ImageListTag {
  /** `ghcr.io/pytorch/slipway-images:main` */
  readonly name: string;
  readonly #tag: string;
  readonly #repository: string;
  readonly #registries: Registries;
  readonly #credentials: CredentialsByHost;
  readonly #owner: ListOwner | undefined;

  /**
   * @param tag or, to read it, a digest
   * @param owner whose list is read and nobody else's; anybody's without it
   */
  constructor(
    repository: string,
    tag: string,
    registries: Registries,
    credentials: CredentialsByHost,
    owner?: ListOwner,
  ) {
    this.name = `${repository}${DIGEST.test(tag) ? "@" : ":"}${tag}`;
    this.#tag = tag;
    this.#repository = repository;
    this.#registries = registries;
    this.#credentials = credentials;
    this.#owner = owner;
  }

  /**
   * The list that was written last; undefined before the first.
   * @throws ProblemsError when what is there is no list; UserError when it is that of another repository or channel
   */
  async read(): Promise<ImageList | undefined> {
    const client = this.#registries.repository(this.#repository, this.#credentials);
    const artifact = await getArtifact(client, this.#tag, ARTIFACT_TYPE);
    if (artifact === undefined) return undefined;
    const read = readImageList(Buffer.from(artifact.bytes).toString("utf8"));
    if ("problems" in read) throw new ProblemsError(this.name, toldProblems(read.problems));
    this.#refuseStranger(read.list);
    return read.list;
  }

  /** Puts a list in the place of the last one, by one request. */
  async write(list: ImageList): Promise<void> {
    const client = this.#registries.repository(this.#repository, this.#credentials, "push");
    await putArtifact(client, this.#tag, {
      artifactType: ARTIFACT_TYPE,
      mediaType: MEDIA_TYPE,
      bytes: Buffer.from(imageListText(list)),
      annotations: sourceAnnotation(list.repository),
    });
  }

  /** Two that write one list drop each other's images, and hold each other's commits against their own. */
  #refuseStranger({ repository, channel }: ListOwner): void {
    const owner = this.#owner;
    if (owner === undefined) return;
    const isSame = repository.toLowerCase() === owner.repository.toLowerCase();
    if (isSame && channel === owner.channel) return;
    throw new UserError(
      `${this.name} is the list of ${repository}, channel ${channel}, and not that of ${owner.repository}, channel ${owner.channel}: ` +
        "two that write one list drop each other's images. Publish from one repository of an owner alone, or give this one another slipway:owner; " +
        `when ${repository} publishes no longer, delete that tag on the registry, and slipway record writes it anew`,
    );
  }
}

/**
 * The registry of a stack that shows lists: ghcr.io, where a workflow's own token pushes and a public package is read with none,
 * else the first that carries names which move; undefined where all is on ECR.
 */
export function listRegistry({ families }: Stack): RegistryName | undefined {
  const registries = families.flatMap(({ registries }) => registries);
  return registries.find((name) => name === "ghcr.io") ?? registries.find((name) => name !== "ecr");
}

/** Where a stack keeps its lists, `ghcr.io/pytorch/slipway-images`; undefined where all is on ECR. */
export function listRepository(
  stack: Stack,
): { readonly registry: RegistryName; readonly repository: string } | undefined {
  const registry = listRegistry(stack);
  if (registry === undefined) return undefined;
  return { registry, repository: repositoryName(stack, { name: REPOSITORY }, registry) };
}

/**
 * The tag of a stack's channel; undefined where no registry of the stack carries names that move.
 * @param credentials this machine's own without them
 */
export async function openImageListTag(
  stack: Stack,
  registries: Registries,
  credentials?: CredentialsByHost,
): Promise<ImageListTag | undefined> {
  const place = listRepository(stack);
  if (place === undefined) return undefined;
  const { registry, repository } = place;
  const logins = credentials ?? (await registryLogins(stack, [registry]));
  const { channel } = stack.configuration;
  const owner = { repository: homeOf(stack.configuration), channel };
  return new ImageListTag(repository, channelTag(channel), registries, logins, owner);
}
