import type { ECR, Image, ImageFailure, ImageIdentifier } from "@aws-sdk/client-ecr";
import { sha256 } from "../oci/digest.ts";
import { isIndex, MANIFEST_TYPES, ManifestDocument } from "../oci/media-types.ts";
import { pinName } from "../rules/names.ts";
import { UserError } from "../rules/problems.ts";
import { explainAwsFault } from "./aws-faults.ts";
import type { PinInputs } from "./pin-inputs.ts";

/** ECR takes no more images in a request. @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchGetImage.html */
const BATCH = 100;

/** A manifest as ECR has it. */
interface Stored {
  readonly digest: string;
  readonly mediaType: string;
  readonly text: string;
}

/** What a pin names. */
export interface PinnedContents {
  /** Digests that have their name now: what an index lists, and last the pinned one itself; none where that is not there. */
  readonly contents: readonly string[];
  /** What is not there, in words. */
  readonly fault?: string;
}

/** What became of a pin that is no longer declared. */
export type Released =
  /** It is gone, or was. */
  | "released"
  /** It is the image's only name, with which ECR would delete the image. */
  | "last name";

/**
 * The names `pin-<64 hex>` of one repository on ECR, by the API of ECR and not that of registries: the latter knows no
 * request that takes a name away and leaves the image.
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-retag.html
 */
export class EcrPins {
  readonly #ecr: ECR;
  readonly #place: { readonly registryId: string; readonly repositoryName: string };
  readonly #where: string;

  constructor(ecr: ECR, { account, repository }: Pick<PinInputs, "account" | "repository">) {
    this.#ecr = ecr;
    this.#place = { registryId: account.accountId, repositoryName: repository };
    this.#where = `${repository} on ECR (account ${account.accountId}, ${account.region})`;
  }

  /**
   * Names a digest, and all that it lists where it is an index: retention looks at one manifest at a time. What has its
   * name is left alone.
   */
  async put(digest: string): Promise<PinnedContents> {
    const { stored, fault } = await this.#stored(digest);
    const contents = stored.map((one) => one.digest);
    const there = new Set(await this.named(contents));
    for (const one of stored) if (!there.has(one.digest)) await this.#name(one);
    return { contents, ...(fault !== undefined && { fault }) };
  }

  /** What of a digest is there: the images that it lists where it is an index, and last the digest itself. */
  async contents(digest: string): Promise<readonly string[]> {
    const { stored } = await this.#stored(digest);
    return stored.map((one) => one.digest);
  }

  /** Those of the digests that have their name; none where there is no such repository. */
  async named(digests: readonly string[]): Promise<readonly string[]> {
    const found = await this.#ask(digests.map((digest) => ({ imageTag: pinName(digest) })));
    const tagged = new Map(found.map(({ imageId }) => [imageId?.imageTag, imageId?.imageDigest]));
    const names = digests.map((digest) => [digest, tagged.get(pinName(digest))] as const);
    for (const [digest, at] of names) {
      if (at !== undefined && at !== digest) {
        throw new UserError(
          `${this.#where}: the name ${pinName(digest)} leads to ${at}, and it cannot move; somebody gave it by hand: delete that name there, and run again`,
        );
      }
    }
    return names.flatMap(([digest, at]) => (at === undefined ? [] : [digest]));
  }

  /** Takes the name of a digest away, unless it is the image's last. */
  async release(digest: string): Promise<Released> {
    const imageTag = pinName(digest);
    const tags = await this.#tagsOf(digest);
    if (!tags.includes(imageTag)) return "released";
    if (tags.length === 1) return "last name";
    const { failures = [] } = await this.#asked(() =>
      this.#ecr.batchDeleteImage({ ...this.#place, imageIds: [{ imageTag }] }),
    );
    this.#refuse(failures);
    return "released";
  }

  async #stored(
    digest: string,
  ): Promise<{ readonly stored: readonly Stored[]; readonly fault?: string }> {
    const [root] = await this.#get([digest]);
    if (root === undefined) return { stored: [], fault: this.#absent([digest]) };
    const children = await this.#get(childrenOf(root));
    const stored = [...children, root];
    const missing = childrenOf(root).filter(
      (child) => !children.some((one) => one.digest === child),
    );
    if (missing.length === 0) return { stored };
    return { stored, fault: `${this.#absent(missing)}; ${digest} is an index that lists it` };
  }

  async #tagsOf(imageDigest: string): Promise<readonly string[]> {
    const answer = await this.#unlessGone(() =>
      this.#ecr.describeImages({ ...this.#place, imageIds: [{ imageDigest }] }),
    );
    return answer?.imageDetails?.flatMap(({ imageTags = [] }) => imageTags) ?? [];
  }

  async #name({ digest, mediaType, text }: Stored): Promise<void> {
    const imageTag = pinName(digest);
    try {
      await this.#asked(() =>
        this.#ecr.putImage({
          ...this.#place,
          imageManifest: text,
          imageManifestMediaType: mediaType,
          imageDigest: digest,
          imageTag,
        }),
      );
    } catch (error) {
      // Somebody, such as `slipway record`, gave the same name to the same image meanwhile.
      if (!isNamed(error, "ImageAlreadyExistsException")) throw error;
    }
  }

  async #get(digests: readonly string[]): Promise<readonly Stored[]> {
    const images = await this.#ask(digests.map((imageDigest) => ({ imageDigest })));
    return images.map(({ imageId, imageManifest: text = "", imageManifestMediaType }) => {
      const digest = imageId?.imageDigest ?? "";
      if (sha256(Buffer.from(text)) !== digest) {
        throw new UserError(`${this.#where}: the manifest that it holds as ${digest} is another`);
      }
      return { digest, mediaType: imageManifestMediaType ?? "", text };
    });
  }

  async #ask(imageIds: readonly ImageIdentifier[]): Promise<readonly Image[]> {
    const images: Image[] = [];
    for (let first = 0; first < imageIds.length; first += BATCH) {
      const answer = await this.#unlessGone(() =>
        this.#ecr.batchGetImage({
          ...this.#place,
          imageIds: imageIds.slice(first, first + BATCH),
          acceptedMediaTypes: [...MANIFEST_TYPES],
        }),
      );
      this.#refuse(answer?.failures ?? []);
      images.push(...(answer?.images ?? []));
    }
    return images;
  }

  #refuse(failures: readonly ImageFailure[]): void {
    const [fault] = failures.filter(({ failureCode }) => failureCode !== "ImageNotFound");
    if (fault === undefined) return;
    const { failureCode, failureReason, imageId } = fault;
    const what = imageId?.imageTag ?? imageId?.imageDigest ?? "an image";
    throw new UserError(
      `${this.#where}: ${what}: ${failureCode ?? "refused"}: ${failureReason ?? ""}`,
    );
  }

  /** Undefined when neither the image nor its repository is there. */
  async #unlessGone<T>(ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await this.#asked(ask);
    } catch (error) {
      if (isNamed(error, "ImageNotFoundException", "RepositoryNotFoundException")) return undefined;
      throw error;
    }
  }

  async #asked<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      throw explainAwsFault(error, this.#where);
    }
  }

  #absent(digests: readonly string[]): string {
    return `${digests.join(", ")} is not in ${this.#where}, so that no name can keep it and whoever wrote it down pulls nothing`;
  }
}

function childrenOf({ mediaType, text }: Stored): readonly string[] {
  if (!isIndex(mediaType)) return [];
  const { manifests = [] } = ManifestDocument.parse(JSON.parse(text));
  return [...new Set(manifests.map(({ digest }) => digest))];
}

/** Whether AWS gave an error this name, in whatever words it is told. */
function isNamed(error: unknown, ...names: readonly string[]): boolean {
  const said = error instanceof UserError ? error.cause : error;
  return said instanceof Error && names.includes(said.name);
}
