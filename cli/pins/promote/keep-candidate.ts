import type { CredentialsByHost, Registries } from "../../../oci/registries.ts";
import { pinName } from "../../../rules/names.ts";
import { UserError } from "../../../rules/problems.ts";
import type { CandidatePlace } from "../../candidate/candidate-image.ts";

/**
 * Gives a candidate whose content is published the name that keeps it from expiring: the merged tree pins it where it is, and ECR forgets
 * images without a name. Other registries forget nothing. Candidates have one platform, so that there is no index to look into.
 * @returns what went wrong, in words: nothing that was published depends on it
 */
export async function keepCandidate(
  digest: string,
  places: readonly CandidatePlace[],
  registries: Registries,
  credentials: CredentialsByHost,
): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const { registry, repository } of places) {
    if (registry !== "ecr") continue;
    const name = pinName(digest);
    const { manifests } = registries.repository(repository, credentials, "push");
    try {
      // Names there never move: one that is there is of this digest.
      if ((await manifests.digest(name)) !== undefined) continue;
      // What went, or never was there, is no loss of this run: slipway pins check tells of pins to it.
      if ((await manifests.digest(digest)) === undefined) continue;
      await manifests.put(name, await manifests.get(digest));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      faults.push(
        `${repository}@${digest} could not be named ${name}, and ECR deletes it 30 days after its push (${error.message}); move its pins: slipway pins bump`,
      );
    }
  }
  return faults;
}
