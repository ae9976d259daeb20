import { bundleToJSON, type SerializedBundle } from "@sigstore/bundle";
import {
  CIContextProvider,
  DSSEBundleBuilder,
  FulcioSigner,
  InternalError,
  RekorWitness,
} from "@sigstore/sign";
import { UserError } from "../../rules/problems.ts";
import {
  provenanceStatement,
  STATEMENT_TYPE,
  type CandidateProvenance,
} from "../../rules/pins/provenance.ts";
import type { Sigstore } from "./sigstore.ts";

/** Milliseconds that Fulcio and Rekor have to answer, and how often they are asked again. */
const PATIENCE = { timeout: 30_000, retry: { retries: 3 } };

/**
 * Signs what candidates are, as the job that runs. In GitHub Actions the job needs `id-token: write`: its token is asked for at
 * `ACTIONS_ID_TOKEN_REQUEST_URL` with `ACTIONS_ID_TOKEN_REQUEST_TOKEN`, for the audience `sigstore`.
 */
export class Signer {
  readonly #builder: DSSEBundleBuilder;
  readonly #rekor: string;
  readonly #fulcio: string;
  readonly #signed = new Map<string, Promise<SerializedBundle>>();

  constructor({ fulcio, rekor }: Sigstore) {
    this.#fulcio = fulcio;
    this.#rekor = rekor;
    this.#builder = new DSSEBundleBuilder({
      signer: new FulcioSigner({
        ...PATIENCE,
        fulcioBaseURL: fulcio,
        identityProvider: new CIContextProvider("sigstore"),
      }),
      witnesses: [new RekorWitness({ ...PATIENCE, rekorBaseURL: rekor, fetchOnConflict: true })],
    });
  }

  /**
   * Signs once for each provenance, however often it is asked.
   * @throws UserError without a token, and when Sigstore refuses or cannot be reached
   */
  sign(provenance: CandidateProvenance): Promise<SerializedBundle> {
    const statement = provenanceStatement(provenance);
    const signed = this.#signed.get(statement) ?? this.#sign(statement);
    this.#signed.set(statement, signed);
    return signed;
  }

  async #sign(statement: string): Promise<SerializedBundle> {
    try {
      return bundleToJSON(
        await this.#builder.create({ data: Buffer.from(statement), type: STATEMENT_TYPE }),
      );
    } catch (error) {
      if (!(error instanceof InternalError)) throw error;
      throw new UserError(this.#words(error), { cause: withoutToken(error) });
    }
  }

  #words({ code, cause }: InternalError): string {
    const reason = cause instanceof Error ? ` (${cause.message})` : "";
    switch (code) {
      case "IDENTITY_TOKEN_READ_ERROR":
      case "IDENTITY_TOKEN_PARSE_ERROR":
        return "no token of this job to sign with: run this in a job of GitHub Actions with permissions: id-token: write";
      case "CA_CREATE_SIGNING_CERTIFICATE_ERROR":
        return `${this.#fulcio} gave no certificate for this job${reason}; run the job again, or look at https://status.sigstore.dev`;
      default:
        return `${this.#rekor} did not log the signature${reason}; run the job again, or look at https://status.sigstore.dev`;
    }
  }
}

/** The library quotes a token that it cannot read. */
function withoutToken(error: InternalError): unknown {
  return error.code === "IDENTITY_TOKEN_PARSE_ERROR" ? undefined : error.cause;
}
