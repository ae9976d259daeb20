import { BUNDLE_V03_MEDIA_TYPE } from "@sigstore/bundle";
import { attach } from "../../oci/referrers.ts";
import type { RepositoryClient } from "../../oci/registries.ts";
import { PREDICATE, type CandidateProvenance } from "../../rules/pins/provenance.ts";
import type { Signer } from "./signer.ts";

/**
 * Signs a candidate's provenance and attaches it to the image, which must be in the repository already, as `cosign` and
 * `gh attestation verify` look for it.
 * @param repository with access `push`
 * @throws UserError when it cannot be signed, or the registry does not take it
 * @see https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md
 */
export async function attachProvenance(
  repository: RepositoryClient,
  provenance: CandidateProvenance,
  signer: Signer,
): Promise<void> {
  const bundle = await signer.sign(provenance);
  await attach(repository, provenance.digest, {
    artifactType: BUNDLE_V03_MEDIA_TYPE,
    mediaType: BUNDLE_V03_MEDIA_TYPE,
    bytes: Buffer.from(JSON.stringify(bundle)),
    annotations: {
      "dev.sigstore.bundle.content": "dsse-envelope",
      "dev.sigstore.bundle.predicateType": PREDICATE,
    },
  });
}
