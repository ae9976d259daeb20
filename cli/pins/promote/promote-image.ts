import type { CredentialsByHost, Registries } from "../../../oci/registries.ts";
import type { ExpectedProvenance } from "../../../rules/pins/provenance.ts";
import { UserError } from "../../../rules/problems.ts";
import type { CandidatePlace } from "../../candidate/candidate-image.ts";
import { nameContent } from "../../publishing/name-content.ts";
import type { SurveyedImage } from "../../publishing/content-survey.ts";
import type { Sigstore } from "../../provenance/sigstore.ts";
import { verifiedProvenance } from "../../provenance/verified.ts";

/** What became of an image. */
export interface ImageOutcome {
  /** By rules/image-label.ts. */
  readonly label: string;
  readonly contentName: string;
  /**
   * `there`: it had its content name. `promoted`: a candidate has it now. `built`: nothing was taken over, and nothing named: the
   * content is to be built. `failed`: a registry, or the keys of Sigstore, were not to be had.
   */
  readonly state: "there" | "promoted" | "built" | "failed";
  /** What the content name stands for. */
  readonly digest?: string;
  /** Why no candidate was taken over. */
  readonly reasons: readonly string[];
}

/** Where candidates are taken from, and with what. */
export interface Promoter {
  readonly registries: Registries;
  readonly credentials: CredentialsByHost;
  readonly sigstore: Sigstore;
}

/**
 * Gives the content name of an image to the first of its candidates that is proven to be this content, on all of the family's
 * registries. All of them have it before it has a name, and the first writer of a name wins.
 * @param places where candidates of the family are
 */
export async function promoteImage(
  surveyed: SurveyedImage,
  digests: readonly string[],
  places: readonly CandidatePlace[],
  expected: Omit<ExpectedProvenance, "image" | "contentName">,
  { registries, credentials, sigstore }: Promoter,
): Promise<ImageOutcome> {
  const { label, contentName, family } = surveyed;
  const reasons: string[] = [];
  const outcome = { label, contentName, reasons };
  const wanted = { ...expected, image: label, contentName };
  const [platform = ""] = family.platforms;
  try {
    for (const digest of digests) {
      for (const { repository } of places) {
        const client = registries.repository(repository, credentials);
        const found = await verifiedProvenance(client, digest, wanted, sigstore);
        if ("refused" in found) {
          reasons.push(`${repository}@${digest}: ${found.refused}`);
          continue;
        }
        const built = new Map([[platform, `${repository}@${digest}`]]);
        const given = await nameContent(surveyed, built, registries, credentials);
        if (given.digest === digest) return { ...outcome, state: "promoted", digest };
        reasons.push(`${repository}@${digest}: another run named its content meanwhile`);
        return {
          ...outcome,
          state: "there",
          ...(given.digest !== undefined && { digest: given.digest }),
        };
      }
    }
    return { ...outcome, state: "built" };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ...outcome, state: "failed", reasons: [...reasons, error.message] };
  }
}
