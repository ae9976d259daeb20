import type { SerializedBundle } from "@sigstore/bundle";
import type { CandidateProvenance } from "../../rules/pins/provenance.ts";
import type { Sigstore } from "./sigstore.ts";

/**
 * Signs what candidates are, as the job that runs. In GitHub Actions the job needs `id-token: write`: its token is asked for at
 * `ACTIONS_ID_TOKEN_REQUEST_URL` with `ACTIONS_ID_TOKEN_REQUEST_TOKEN`, for the audience `sigstore`.
 */
export class Signer {
  readonly #sigstore: Sigstore;

  constructor(sigstore: Sigstore) {
    this.#sigstore = sigstore;
  }

  /**
   * Signs once for each provenance, however often it is asked.
   * @throws UserError without a token, and when Sigstore refuses or cannot be reached
   */
  sign(provenance: CandidateProvenance): Promise<SerializedBundle> {
    throw new Error(`not there yet: ${this.#sigstore.issuer} ${provenance.image}`);
  }
}
