import type { RepositoryClient } from "../../oci/registries.ts";
import type { CandidateProvenance } from "../../rules/pins/provenance.ts";
import type { Signer } from "./signer.ts";

/**
 * Signs a candidate's provenance and attaches it to the image, which must be in the repository already.
 * @param repository with access `push`
 * @throws UserError when it cannot be signed, or the registry does not take it
 */
export async function attachProvenance(
  repository: RepositoryClient,
  provenance: CandidateProvenance,
  signer: Signer,
): Promise<void> {
  await signer.sign(provenance);
  throw new Error(`not there yet: ${repository.path}`);
}
