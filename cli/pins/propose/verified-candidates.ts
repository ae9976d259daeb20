import type { GithubClient } from "../../../github/client.ts";
import { Registries, type RepositoryClient } from "../../../oci/registries.ts";
import { parseEcrHost } from "../../../rules/aws-partition.ts";
import { parseRepository } from "../../../rules/image-reference.ts";
import type { PinTarget } from "../../../rules/pins/edit.ts";
import { candidatePlaces, candidateProblem } from "../../candidate/candidate-image.ts";
import { verifiedCandidate } from "../../candidate/pinned.ts";
import { type TreeImage, withTree } from "../../candidate/tree.ts";
import { sigstoreOf } from "../../provenance/sigstore.ts";
import type { Stack } from "../../stack.ts";
import { DigestChecks } from "../digest-facts.ts";
import { RegistryLogins } from "../registry-logins.ts";
import type { ToldImage } from "./candidates-of-head.ts";

/** A digest that is signed as what a pull request makes of an image. */
export type VerifiedCandidate = PinTarget & Required<Pick<PinTarget, "candidatePlaces">>;

/** What may be pinned, and why the rest may not. */
export interface VerifiedCandidates {
  readonly candidates: readonly VerifiedCandidate[];
  readonly refused: readonly { readonly image: string; readonly why: string }[];
}

/** The pull request that the candidates are to be of. */
export interface VerifiedPull {
  readonly number: number;
  /** Absolute path of the files that it makes of its base, which may be anything. */
  readonly checkout: string;
}

/**
 * Of each image the first of its told digests that is signed as a candidate of this pull request and of the content that its merge
 * has now. Such a digest is on each registry that takes candidates of its family: it is signed once all of them have it. So nothing
 * else is asked of those that want a login which this machine does not have.
 * @throws ProblemsError for faults of the files
 */
export async function verifiedCandidates(
  github: GithubClient,
  stack: Stack,
  { number: pullRequest, checkout }: VerifiedPull,
  told: readonly ToldImage[],
): Promise<VerifiedCandidates> {
  const { repository: name } = stack.configuration;
  const numbers = await github.repositoryNumbers(name);
  const repository = `${github.owner}/${name}`;
  const logins = new RegistryLogins(stack);
  const registries = new Registries();
  const checks = new DigestChecks({ stack });
  const candidates: VerifiedCandidate[] = [];
  const refused: { image: string; why: string }[] = [];
  await withTree({ checkout, what: "the pull request's merge" }, stack, async (images) => {
    // One after the other: few images change, and each asks several registries.
    for (const one of told) {
      const found = await verified(
        one,
        images.find(({ label }) => label === one.label),
      );
      if (typeof found === "string") refused.push({ image: one.label, why: found });
      else candidates.push(found);
    }
  });
  return { candidates, refused };

  async function verified(
    { label: image, family, digests }: ToldImage,
    own: TreeImage | undefined,
  ): Promise<VerifiedCandidate | string> {
    if (own === undefined) return "the pull request has no such image";
    const problem = candidateProblem(stack, own);
    if (problem !== undefined) return problem;
    const { contentName } = own;
    const places = candidatePlaces(stack, family).map((place) => place.repository);
    const readable = await readableOf(places);
    if (readable.length === 0) {
      return `its candidates are at ${places.join(", ")} alone, which want a login that this machine does not have, so that nobody can look at their signature`;
    }
    const expected = { ...numbers, image, contentName, pullRequest, repository };
    const found = await verifiedCandidate(digests, readable, expected, sigstoreOf(stack));
    if ("refused" in found) return found.refused;
    const { digest } = found;
    const [first = ""] = readable.map(({ host, path }) => `${host}/${path}`);
    const facts = await checks.facts({ ...parseRepository(first), digest });
    if (facts.state === "missing" || facts.state === "incomplete") {
      return `${first}@${digest} is ${facts.state}: ${facts.detail}`;
    }
    const created = facts.state === "there" ? facts.created : undefined;
    return {
      ...{ image, digest, candidate: true, contentName },
      candidatePlaces: [first, ...places.filter((place) => place !== first)],
      ...(created !== undefined && { created }),
    };
  }

  async function readableOf(places: readonly string[]): Promise<readonly RepositoryClient[]> {
    const all = await Promise.all(
      places.map(async (place) => {
        const { host } = parseRepository(place);
        const login = await logins.of(host);
        if (login === undefined && parseEcrHost(host) !== undefined) return [];
        return [registries.repository(place, login === undefined ? {} : { [host]: login })];
      }),
    );
    return all.flat();
  }
}
