import { BUNDLE_V03_MEDIA_TYPE } from "@sigstore/bundle";
import { attached } from "../../oci/referrers.ts";
import type { RepositoryClient } from "../../oci/registries.ts";
import type { CandidateProvenance, ExpectedProvenance } from "../../rules/pins/provenance.ts";
import type { Sigstore } from "./sigstore.ts";
import { BUNDLE_LIMIT, verifyBundle } from "./verify-bundle.ts";

/** What is signed of an image, or why nothing that is attached to it counts. */
export type Verified = { readonly provenance: CandidateProvenance } | { readonly refused: string };

/**
 * Looks for a provenance of an image that says what is expected and is signed by this repository's `candidate.yml` of branch main.
 * One that counts is enough, whatever else is attached. What cannot be read does not count.
 * @throws UserError when Sigstore's keys cannot be had
 */
export async function verifiedProvenance(
  repository: RepositoryClient,
  digest: string,
  expected: ExpectedProvenance,
  sigstore: Sigstore,
): Promise<Verified> {
  const documents = await attached(repository, digest, BUNDLE_V03_MEDIA_TYPE, BUNDLE_LIMIT);
  if (documents.length === 0) return { refused: "it has no provenance" };
  const root = await sigstore.trustedRoot();
  const faults = new Set<string>();
  for (const document of documents) {
    if (!Buffer.isBuffer(document)) {
      faults.add(document.fault);
      continue;
    }
    const verified = verifyBundle(document, digest, expected, root);
    if ("provenance" in verified) return verified;
    faults.add(verified.refused);
  }
  return { refused: [...faults].slice(0, MOST_TOLD).join("; ") };
}

/** Reasons that are told of the bundles of one image. */
const MOST_TOLD = 5;
