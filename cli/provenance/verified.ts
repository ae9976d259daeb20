import type { RepositoryClient } from "../../oci/registries.ts";
import type { CandidateProvenance, ExpectedProvenance } from "../../rules/pins/provenance.ts";
import type { Sigstore } from "./sigstore.ts";

/** What is signed of an image, or why nothing that is attached to it counts. */
export type Verified = { readonly provenance: CandidateProvenance } | { readonly refused: string };

/**
 * Looks for a provenance of an image that says what is expected and is signed by this repository's `candidate.yml` of branch main.
 * One that counts is enough, whatever else is attached.
 * @throws UserError when the registry or Sigstore's keys cannot be reached
 */
export async function verifiedProvenance(
  repository: RepositoryClient,
  digest: string,
  expected: ExpectedProvenance,
  sigstore: Sigstore,
): Promise<Verified> {
  throw new Error(
    `not there yet: ${repository.path} ${digest} ${expected.image} ${sigstore.issuer}`,
  );
}
