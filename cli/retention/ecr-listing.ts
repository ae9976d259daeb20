import { ECR, type ImageDetail, paginateDescribeImages } from "@aws-sdk/client-ecr";
import pLimit from "p-limit";
import { isIndex, ManifestDocument } from "../../oci/media-types.ts";
import { ProblemsError, UserError } from "../../rules/problems.ts";
import { readListing, type RepositoryListing } from "../../rules/retention-listing.ts";
import type { Stack } from "../stack.ts";

/** ECR gives no more images a request. @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html */
const PAGE = 1000;
/** @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchGetImage.html */
const BATCH = 100;
const AT_ONCE = 8;
/** Images after which the next line of progress comes. */
const STEP = 10_000;

/** The account's ECR of a stack: AWS by this machine's own credentials, or the local cloud's. */
export function ecrOf({ configuration, cloud }: Stack): ECR {
  const region = configuration.awsRegion;
  if (cloud === undefined) return new ECR({ region });
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  return new ECR({ region, credentials, endpoint: cloud.aws.endpoint });
}

/**
 * Every image of a repository, archived ones too, and what its indexes list. To ask what an index lists is a pull to ECR.
 * @param accountId whose repository it is
 * @throws UserError when ECR refuses or does not answer
 */
export async function ecrListing(
  ecr: ECR,
  accountId: string,
  repository: string,
  say: (line: string) => void,
): Promise<RepositoryListing> {
  const place = { registryId: accountId, repositoryName: repository };
  try {
    const details: ImageDetail[] = [];
    say(`asking ECR for the images of ${repository}`);
    const request = { ...place, filter: { imageStatus: "ANY" as const } };
    for await (const page of paginateDescribeImages({ client: ecr, pageSize: PAGE }, request)) {
      const before = details.length;
      details.push(...(page.imageDetails ?? []));
      if (Math.floor(before / STEP) < Math.floor(details.length / STEP)) {
        say(`${details.length} images of ${repository}`);
      }
    }
    const children = await childrenOf(ecr, place, details);
    const imageDetails = details.map((detail) => {
      const imageChildren = children.get(detail.imageDigest ?? "");
      return imageChildren === undefined ? detail : { ...detail, imageChildren };
    });
    const read = readListing({ imageDetails });
    if ("problems" in read) throw new ProblemsError(`ECR's answer on ${repository}`, read.problems);
    return read.listings[0] ?? { repository, images: [] };
  } catch (error) {
    throw explained(error, `${repository} on ECR (account ${accountId})`);
  }
}

/** What each index lists; what ECR does not hand out, such as an archived index, is left out. */
async function childrenOf(
  ecr: ECR,
  place: { readonly registryId: string; readonly repositoryName: string },
  details: readonly ImageDetail[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const indexes = details.filter((detail) => isIndex(detail.imageManifestMediaType ?? ""));
  const types = [...new Set(indexes.map((detail) => detail.imageManifestMediaType ?? ""))];
  const batches = Array.from({ length: Math.ceil(indexes.length / BATCH) }, (_, batch) =>
    indexes.slice(batch * BATCH, (batch + 1) * BATCH),
  );
  const limit = pLimit(AT_ONCE);
  const answers = await limit.map(batches, (batch) =>
    ecr.batchGetImage({
      ...place,
      imageIds: batch.map(({ imageDigest }) => ({ imageDigest })),
      acceptedMediaTypes: types,
    }),
  );
  const children = new Map<string, readonly string[]>();
  for (const { imageId, imageManifest = "" } of answers.flatMap(({ images = [] }) => images)) {
    const manifest = ManifestDocument.safeParse(JSON.parse(imageManifest));
    if (imageId?.imageDigest === undefined || manifest.data?.manifests === undefined) continue;
    const listed = manifest.data.manifests.map(({ digest }) => digest);
    children.set(imageId.imageDigest, listed);
  }
  return children;
}

/** An error of AWS or of the way to it as a user's; others as they are. */
function explained(error: unknown, what: string): unknown {
  if (!(error instanceof Error) || error instanceof UserError) return error;
  const is = (...names: readonly string[]) => names.includes(error.name);
  const advise = (advice: string) =>
    new UserError(`${what}: ${error.name}: ${error.message}; ${advice}`, { cause: error });
  if (is("RepositoryNotFoundException")) {
    return advise("slipway up of the stack that owns it makes it");
  }
  if (is("CredentialsProviderError")) {
    return advise("log in to AWS on this machine, or give --listing a file");
  }
  if (is("AccessDeniedException")) {
    return advise("it takes ecr:DescribeImages and ecr:BatchGetImage, or --listing a file");
  }
  const isOfTheWay = "code" in error || is("TimeoutError");
  if ("$fault" in error || isOfTheWay) return advise("check it and run again");
  return error;
}
