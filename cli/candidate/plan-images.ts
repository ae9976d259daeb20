import { Registries, type RepositoryClient } from "../../oci/registries.ts";
import { imageLabels } from "../../rules/image-label.ts";
import { UserError } from "../../rules/problems.ts";
import type { ExpectedProvenance } from "../../rules/pins/provenance.ts";
import { sigstoreOf } from "../provenance/sigstore.ts";
import { registryLogins, repositoryName, type Stack } from "../stack.ts";
import { candidatePlaces, candidateProblem } from "./candidate-image.ts";
import { pinnedDigests, verifiedCandidate } from "./pinned.ts";
import type { TreeImage } from "./tree.ts";

/** What becomes of an image of a pull request. */
export interface PlannedCandidate {
  /** Label. */
  readonly image: string;
  readonly contentName: string;
  /**
   * `unchanged`: as in the base. `published`: its content is. `none`: it can have no candidate. `reuse`: the tree pins one, or a check
   * run tells of one, that is signed. `told`: the tree pins one that a check run tells of and that nobody without AWS's credentials can
   * look at. `build`: a job has to build it.
   */
  readonly state: "unchanged" | "published" | "none" | "reuse" | "told" | "build";
  /** One sentence. */
  readonly reason: string;
  /** Of a candidate that there is. */
  readonly digest?: string;
}

/** The pull request whose images are planned. */
export interface PlannedTree {
  /** Absolute path of its checkout, which may hold anything. */
  readonly checkout: string;
  readonly images: readonly TreeImage[];
  /** Of the base. */
  readonly base: readonly TreeImage[];
  readonly expected: Omit<ExpectedProvenance, "image" | "contentName">;
  /** The digests that check runs of the pull request's commits tell of, as candidates of this content. */
  readonly told: (image: Pick<TreeImage, "label" | "contentName">) => Promise<readonly string[]>;
}

/**
 * What is to be built of a pull request, image by image. Registries are asked without AWS's credentials, as far as they tell.
 * @throws UserError where nobody tells whether there is a candidate: what somebody approved is not built again for that
 */
export async function plannedCandidates(
  stack: Stack,
  tree: PlannedTree,
): Promise<readonly PlannedCandidate[]> {
  const names = new Map(tree.base.map(({ label, contentName }) => [label, contentName]));
  const logins = await registryLogins(stack, ["ghcr.io", "docker.io"]);
  const registries = new Registries();
  const client = (name: string): RepositoryClient => registries.repository(name, logins);
  const pinned = new Map<string, Promise<readonly string[]>>();
  const digestsOf = (family: string): Promise<readonly string[]> => {
    const found = pinned.get(family) ?? pinnedDigests(tree.checkout, stack, family);
    pinned.set(family, found);
    return found;
  };
  const planned: PlannedCandidate[] = [];
  // One after the other: few images change, and each asks several registries.
  for (const one of tree.images) planned.push(await plan(one));
  return planned;

  async function plan(one: TreeImage): Promise<PlannedCandidate> {
    const { label: image, contentName } = one;
    const told = (state: PlannedCandidate["state"], reason: string): PlannedCandidate => ({
      ...{ image, contentName, state, reason },
    });
    if (names.get(image) === contentName) {
      return told("unchanged", `${contentName}, as in its base`);
    }
    const problem =
      newProblem(stack, one) ?? candidateProblem(stack, one) ?? baseProblem(stack, one);
    if (problem !== undefined) return told("none", problem);
    const published = await publishedOn(one);
    if (published.length > 0) {
      return told("published", `${contentName} is on ${published.join(", ")}`);
    }
    const places = candidatePlaces(stack, one.family.name).filter(
      ({ registry }) => registry !== "ecr",
    );
    const reason = `${contentName}, and ${names.get(image) ?? "nothing"} in its base`;
    const [pins, checks] = await Promise.all([digestsOf(one.family.name), tree.told(one)]);
    if (places.length === 0) {
      // Built again, it would have another digest, whose pin would be another commit, and so on without end.
      const digest = pins.find((pin) => checks.includes(pin));
      if (digest === undefined) return told("build", reason);
      return { ...told("told", `the tree pins ${digest}, which a check run tells of`), digest };
    }
    const found = await verifiedCandidate(
      [...new Set([...pins, ...checks])],
      places.map(({ repository }) => client(repository)),
      { ...tree.expected, image, contentName },
      sigstoreOf(stack),
    );
    if ("refused" in found) return told("build", `${reason}; ${found.refused}`);
    const where = pins.includes(found.digest) ? "the tree pins" : "a check run tells of";
    return { ...told("reuse", `${where} ${found.digest}`), digest: found.digest };
  }

  /** The registries beside ECR that have the content; none where one of them lacks it, or does not tell. */
  async function publishedOn({ family, contentName }: TreeImage): Promise<readonly string[]> {
    const own = stack.families.find(({ name }) => name === family.name);
    const readable = (own?.registries ?? []).filter((name) => name !== "ecr");
    const repositories = readable.map((name) => repositoryName(stack, family, name));
    for (const repository of repositories) {
      try {
        if ((await client(repository).manifests.digest(contentName)) === undefined) return [];
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return [];
      }
    }
    return repositories;
  }
}

function baseProblem({ standIns }: Stack, { image: { base } }: TreeImage): string | undefined {
  if (standIns !== undefined || base.digest !== "unresolved") return undefined;
  return `its base ${base.image} has no digest yet; look it up with: slipway bases bump`;
}

/** Jobs are for the images that are merged. */
function newProblem({ families }: Stack, { label }: TreeImage): string | undefined {
  if (families.some((family) => imageLabels(family).includes(label))) return undefined;
  return "it is new, and the workflow has no job for it before it is merged";
}
