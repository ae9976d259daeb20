import { join } from "node:path";
import type { RepositoryClient } from "../../oci/registries.ts";
import type { ExpectedProvenance } from "../../rules/pins/provenance.ts";
import { managedImages } from "../../rules/pins/managed-images.ts";
import { UserError } from "../../rules/problems.ts";
import { publishedImages } from "../pins/published-images.ts";
import type { Sigstore } from "../provenance/sigstore.ts";
import { verifiedProvenance } from "../provenance/verified.ts";
import { runOnData } from "../pull-request/data-process.ts";
import type { Stack } from "../stack.ts";

/** What the process that looks for pins prints. */
export type PinnedText = { readonly digests: readonly string[] } | { readonly failure: string };

const PROCESS = join(import.meta.dirname, "pinned-process.ts");
/** Candidates of one family that a tree may pin; each is asked of a registry. */
const MOST_PINNED = 20;

/** A candidate that a tree pins and that is what it is to be, or why there is none. */
export type PinnedCandidate = { readonly digest: string } | { readonly refused: string };

/**
 * The digests of a family's candidates that a checkout pins, which may hold anything.
 * @param checkout absolute path
 * @throws UserError when the checkout cannot be searched, or pins too many
 */
export async function pinnedDigests(
  checkout: string,
  stack: Stack,
  family: string,
): Promise<readonly string[]> {
  const managed = JSON.stringify(managedImages(publishedImages(stack), []));
  const { stdout, problem } = await runOnData(PROCESS, checkout, managed, family);
  if (problem !== undefined) throw new UserError(`the search for pins ${problem}`);
  const read = JSON.parse(stdout) as PinnedText;
  if ("failure" in read) throw new UserError(read.failure);
  if (read.digests.length <= MOST_PINNED) return read.digests;
  throw new UserError(
    `the checkout pins ${read.digests.length} candidates of ${family}, and ${MOST_PINNED} are looked at; take out those of other pull requests`,
  );
}

/**
 * The first of some digests that a repository has with a provenance of what is expected.
 * @param repositories where candidates of the family are, that can be asked
 */
export async function verifiedCandidate(
  digests: readonly string[],
  repositories: readonly RepositoryClient[],
  expected: ExpectedProvenance,
  sigstore: Sigstore,
): Promise<PinnedCandidate> {
  const refusals: string[] = [];
  for (const digest of digests) {
    for (const repository of repositories) {
      if ((await repository.manifests.digest(digest)) === undefined) {
        refusals.push(`${digest} is not on ${repository.host}`);
        continue;
      }
      const verified = await verifiedProvenance(repository, digest, expected, sigstore);
      if ("provenance" in verified) return { digest };
      refusals.push(`${digest} on ${repository.host}: ${verified.refused}`);
    }
  }
  return {
    refused:
      refusals.join("; ") || "no pin of the checkout and no check run names a candidate of it",
  };
}
