import { getArtifact, putArtifact } from "../../oci/artifact.ts";
import type { CredentialsByHost, Registries } from "../../oci/registries.ts";
import type { RegistryName } from "../../rules/image-file-schema.ts";
import { type ImageList, imageListText, readImageList } from "../../rules/image-list.ts";
import { channelTag } from "../../rules/names.ts";
import { ProblemsError } from "../../rules/problems.ts";
import { registryLogins, repositoryName, type Stack } from "../stack.ts";

/** The repository beside those of the families that has a tag for each channel's list. */
const REPOSITORY = "slipway-images";
const ARTIFACT_TYPE = "application/vnd.slipway.images.v1";
const MEDIA_TYPE = "application/json";

/** Where a channel's list of images is kept: one tag of an OCI artifact, which always holds one whole list. */
export class ImageListTag {
  /** `ghcr.io/pytorch/slipway-images:main` */
  readonly name: string;
  readonly #tag: string;
  readonly #repository: string;
  readonly #registries: Registries;
  readonly #credentials: CredentialsByHost;

  constructor(
    repository: string,
    tag: string,
    registries: Registries,
    credentials: CredentialsByHost,
  ) {
    this.name = `${repository}:${tag}`;
    this.#tag = tag;
    this.#repository = repository;
    this.#registries = registries;
    this.#credentials = credentials;
  }

  /**
   * The list that was written last; undefined before the first.
   * @throws ProblemsError when what is there is no list
   */
  async read(): Promise<ImageList | undefined> {
    const client = this.#registries.repository(this.#repository, this.#credentials);
    const artifact = await getArtifact(client, this.#tag, ARTIFACT_TYPE);
    if (artifact === undefined) return undefined;
    const read = readImageList(Buffer.from(artifact.bytes).toString("utf8"));
    if ("problems" in read) throw new ProblemsError(this.name, read.problems);
    return read.list;
  }

  /** Puts a list in the place of the last one, by one request. */
  async write(list: ImageList): Promise<void> {
    const client = this.#registries.repository(this.#repository, this.#credentials, "push");
    await putArtifact(client, this.#tag, {
      artifactType: ARTIFACT_TYPE,
      mediaType: MEDIA_TYPE,
      bytes: Buffer.from(imageListText(list)),
    });
  }
}

/** The first registry of a stack that carries names which move; undefined where all is on ECR. */
function listRegistry({ families }: Stack): RegistryName | undefined {
  return families.flatMap(({ registries }) => registries).find((name) => name !== "ecr");
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
  const registry = listRegistry(stack);
  if (registry === undefined) return undefined;
  const logins = credentials ?? (await registryLogins(stack, [registry]));
  const repository = repositoryName(stack, { name: REPOSITORY }, registry);
  return new ImageListTag(repository, channelTag(stack.configuration.channel), registries, logins);
}
