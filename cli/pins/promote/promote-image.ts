import type { CredentialsByHost, Registries } from "../../../oci/registries.ts";
import type { ExpectedProvenance } from "../../../rules/pins/provenance.ts";
import { UserError } from "../../../rules/problems.ts";
import type { CandidatePlace } from "../../candidate/candidate-image.ts";
import { nameContent } from "../../publishing/name-content.ts";
import type { SurveyedImage } from "../../publishing/content-survey.ts";
import type { Sigstore } from "../../provenance/sigstore.ts";
import { verifiedProvenance } from "../../provenance/verified.ts";
import { keepCandidate } from "./keep-candidate.ts";

/** What became of an image. */
export interface ImageOutcome {
  /** By rules/image-label.ts. */
  readonly label: string;
  readonly contentName: string;
  /**
   * `there`: it had its content name. `promoted`: a candidate has it now. `built`: nothing was taken over, and nothing named: the
   * content is to be built. `unknown`: so it is, since somebody who was asked did not answer. `failed`: it has its name on some
   * registries alone.
   */
  readonly state: "there" | "promoted" | "built" | "unknown" | "failed";
  /** What the content name stands for. */
  readonly digest?: string;
  /** Why no candidate was taken over, or what else went wrong. */
  readonly reasons: readonly string[];
  /** Where it was `there`: its candidate, which the tree pins, got no name that keeps it, as the reasons say. */
  readonly expires?: true;
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
  promoter: Promoter,
): Promise<ImageOutcome> {
  const { registries, credentials, sigstore } = promoter;
  const { label, contentName } = surveyed;
  const reasons: string[] = [];
  const wanted = { ...expected, image: label, contentName };
  let isUnknown = false;
  for (const digest of digests) {
    for (const { repository } of places) {
      const reference = `${repository}@${digest}`;
      const client = registries.repository(repository, credentials);
      try {
        const found = await verifiedProvenance(client, digest, wanted, sigstore);
        if ("provenance" in found) {
          const taken = await take(surveyed, { digest, reference }, places, promoter);
          reasons.push(...taken.reasons);
          if (taken.state !== "unknown") return { ...taken, reasons };
          isUnknown = true;
          continue;
        }
        reasons.push(`${reference}: ${found.refused}`);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        // The same candidate may be had elsewhere.
        isUnknown = true;
        reasons.push(`${reference}: ${error.message}`);
      }
    }
  }
  return { label, contentName, state: isUnknown ? "unknown" : "built", reasons };
}

/** Names the content by a candidate that is proven to be it. */
async function take(
  surveyed: SurveyedImage,
  { digest, reference }: { readonly digest: string; readonly reference: string },
  places: readonly CandidatePlace[],
  { registries, credentials }: Promoter,
): Promise<ImageOutcome> {
  const { label, contentName, family } = surveyed;
  const [platform = ""] = family.platforms;
  try {
    const built = new Map([[platform, reference]]);
    const given = await nameContent(surveyed, built, registries, credentials);
    if (given.digest !== digest) {
      return {
        ...{ label, contentName, state: "there" },
        ...(given.digest !== undefined && { digest: given.digest }),
        reasons: [`${reference}: another run named its content meanwhile`],
      };
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const state = (await isNamed(surveyed, registries, credentials)) ? "failed" : "unknown";
    return { label, contentName, state, reasons: [`${reference}: ${error.message}`] };
  }
  const faults = await keepCandidate(digest, places, registries, credentials);
  return { label, contentName, state: "promoted", digest, reasons: faults };
}

/** Whether a registry has the content name, as far as all of them tell. */
async function isNamed(
  { contentName, repositories }: SurveyedImage,
  registries: Registries,
  credentials: CredentialsByHost,
): Promise<boolean> {
  for (const repository of repositories) {
    try {
      const { manifests } = registries.repository(repository, credentials);
      if ((await manifests.digest(contentName)) !== undefined) return true;
    } catch (error) {
      // Whoever does not tell may have the name.
      if (!(error instanceof UserError)) throw error;
      return true;
    }
  }
  return false;
}
