import { ECR, ECRServiceException, type ImageIdentifier } from "@aws-sdk/client-ecr";
import { DIGEST } from "../../rules/image-reference.ts";
import { RegistryError } from "./registry-error.ts";

/** A repository as the ECR API knows it. */
export interface EcrRepository {
  readonly name: string;
  /** Whether a tag keeps the image that it was given first. */
  readonly immutable: boolean;
  /** When it was made, in milliseconds since 1970: another time is another repository of the same name. */
  readonly created: number;
}

/** An image as the ECR API knows it. */
export interface EcrImage {
  readonly digest: string;
  readonly mediaType: string;
  /** The manifest's text, of which `digest` is the digest. */
  readonly manifest: string;
}

/** Images that the API tells of in one answer. @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchGetImage.html */
const MOST_AT_ONCE = 100;

/**
 * Repositories and images behind the ECR API of the emulator.
 *
 * It takes manifests of every media type, indexes, build caches and artifacts too: whatever was pushed is visible.
 */
export class EcrImages {
  readonly #ecr: ECR;

  /** @param endpoint of the emulator, whose credentials are any */
  constructor(endpoint: string, region: string) {
    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    this.#ecr = new ECR({ endpoint, region, credentials, maxAttempts: 2 });
  }

  /** @throws RegistryError NAME_UNKNOWN when there is no such repository */
  async repository(name: string): Promise<EcrRepository> {
    const { repositories = [] } = await asked(() =>
      this.#ecr.describeRepositories({ repositoryNames: [name] }),
    );
    const [found] = repositories;
    return {
      name,
      // Exceptions by a pattern are not used here: such a repository counts as immutable as a whole.
      immutable: found?.imageTagMutability?.startsWith("IMMUTABLE") ?? false,
      created: found?.createdAt?.getTime() ?? 0,
    };
  }

  /** The image of a tag or digest, if the repository has it. */
  async find(repository: string, reference: string): Promise<EcrImage | undefined> {
    const { images = [] } = await asked(() =>
      this.#ecr.batchGetImage({
        repositoryName: repository,
        imageIds: [imageIdentifier(reference)],
      }),
    );
    const [image] = images;
    if (image?.imageId?.imageDigest === undefined) return undefined;
    return {
      digest: image.imageId.imageDigest,
      mediaType: image.imageManifestMediaType ?? "",
      manifest: image.imageManifest ?? "",
    };
  }

  /** Every tag and digest of a repository. */
  async references(repository: string): Promise<{ tags: Set<string>; digests: Set<string> }> {
    const { imageIds = [] } = await asked(() =>
      this.#ecr.listImages({ repositoryName: repository }),
    );
    return {
      tags: new Set(imageIds.flatMap(({ imageTag }) => imageTag ?? [])),
      digests: new Set(imageIds.flatMap(({ imageDigest }) => imageDigest ?? [])),
    };
  }

  /** Every image of a repository, in the order of their digests. */
  async all(repository: string): Promise<readonly EcrImage[]> {
    const digests = [...(await this.references(repository)).digests].sort();
    const found: EcrImage[] = [];
    for (let start = 0; start < digests.length; start += MOST_AT_ONCE) {
      const { images = [] } = await asked(() =>
        this.#ecr.batchGetImage({
          repositoryName: repository,
          imageIds: digests.slice(start, start + MOST_AT_ONCE).map(imageIdentifier),
        }),
      );
      // One with several tags is told once a tag.
      const byDigest = new Map(images.map((image) => [image.imageId?.imageDigest ?? "", image]));
      for (const [digest, { imageManifestMediaType = "", imageManifest = "" }] of byDigest) {
        found.push({ digest, mediaType: imageManifestMediaType, manifest: imageManifest });
      }
    }
    return found;
  }

  /** Makes an image visible, and gives it a tag, which another image then no longer has. */
  async put(repository: string, image: EcrImage, tag?: string): Promise<void> {
    const current = await this.find(repository, tag ?? image.digest);
    if (current?.digest === image.digest) return;
    await this.#put(repository, image, tag);
    // ECR keeps an image that lost its last tag; the emulator forgets it.
    if (current !== undefined && (await this.find(repository, current.digest)) === undefined) {
      await this.#put(repository, current);
    }
  }

  async #put(repository: string, image: EcrImage, tag?: string): Promise<void> {
    await asked(() =>
      this.#ecr.putImage({
        repositoryName: repository,
        imageManifest: image.manifest,
        imageManifestMediaType: image.mediaType,
        imageDigest: image.digest,
        imageTag: tag,
      }),
    );
  }

  /** Deletes by a tag, of which the last takes the image with it, or by a digest. Returns whether it was there. */
  async delete(repository: string, reference: string): Promise<boolean> {
    const { failures = [] } = await asked(() =>
      this.#ecr.batchDeleteImage({
        repositoryName: repository,
        imageIds: [imageIdentifier(reference)],
      }),
    );
    return failures.length === 0;
  }

  close(): void {
    this.#ecr.destroy();
  }
}

function imageIdentifier(reference: string): ImageIdentifier {
  return DIGEST.test(reference) ? { imageDigest: reference } : { imageTag: reference };
}

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ECRServiceException && error.name === "RepositoryNotFoundException") {
      // The API's words are the registry's: "The repository with name '...' does not exist in the registry with id '...'".
      throw new RegistryError(404, "NAME_UNKNOWN", error.message);
    }
    const message = error instanceof Error ? error.message : String(error);
    throw new RegistryError(503, "UNAVAILABLE", `the emulator of AWS does not answer: ${message}`);
  }
}
