import { isIndex } from "../../oci/media-types.ts";
import type { CredentialsByHost, Registries, RepositoryClient } from "../../oci/registries.ts";
import { distribute } from "../../provider/distribute.ts";
import { putNames } from "../../provider/put-names.ts";
import type { RegistryName } from "../../rules/image-file-schema.ts";
import type { ImageEntry } from "../../rules/image-list.ts";
import { floatingNames, pinName, recordNames } from "../../rules/names.ts";
import type { SurveyedImage } from "./content-survey.ts";
import { movesFloatingNames, type Published, type RecordRun } from "./record-run.ts";

/** An image's entry in the list, and what was found on the way to it. */
export interface RecordedImage {
  readonly entry: ImageEntry;
  /** Names that lead elsewhere, and why they were left so; in sentences. */
  readonly findings: readonly string[];
}

/** Where names are put. */
export interface Recorder {
  readonly registries: Registries;
  readonly credentials: CredentialsByHost;
}

/**
 * Puts what a run records of one image: its record names, a pin on ECR for its content, and the floating names of a branch
 * that has no stack. What is there already is left alone, and a record name that has other content is never moved.
 * @returns undefined when what the image is declared to be is on no registry
 * @throws UserError
 */
export async function recordImage(
  surveyed: SurveyedImage,
  run: RecordRun,
  publication: Published,
  { registries, credentials }: Recorder,
): Promise<RecordedImage | undefined> {
  const { family, image, contentName, repositories, content } = surveyed;
  // The first registry's content is the one that counts: see provider/publish.ts.
  const digest = image.float ?? [...content.values()][0];
  if (digest === undefined) return undefined;
  const places = family.registries.map((registry, index) => ({
    registry,
    repository: repositories[index] ?? "",
  }));
  const clientOf = (repository: string): RepositoryClient =>
    registries.repository(repository, credentials, "push");
  if (!(await distribute(digest, repositories.map(clientOf)))) return undefined;

  const put = (tags: readonly string[], on: readonly string[], named: string, fixed: boolean) => {
    const targets = on.map((repository) => ({ repository, tags }));
    const source = repositories[0] ?? "";
    return putNames({ digest: named, source, targets, fixed, credentials }, registries);
  };
  for (const repository of on(places, "ecr")) {
    for (const pinned of await contentsOf(clientOf(repository), digest)) {
      await put([pinName(pinned)], [repository], pinned, true);
    }
  }
  const moving = on(places, "ghcr.io", "docker.io");
  const { accelerator } = image;
  const recorded = await put(recordNames(family.scheme, run, accelerator), moving, digest, true);
  const names: Record<string, string | undefined> = { ...recorded.names };
  const floating = floatingNames(family.scheme, publication.channel, accelerator);
  if (movesFloatingNames(run, publication)) {
    Object.assign(names, (await put(floating, moving, digest, false)).names);
  } else if (publication.hasStack) {
    for (const repository of moving) {
      for (const tag of floating) {
        names[`${repository}:${tag}`] = await clientOf(repository).manifests.digest(tag);
      }
    }
  }
  return {
    entry: {
      digest,
      contentName,
      commit: run.commit,
      platforms: [...family.platforms],
      references: Object.fromEntries(
        places.map(({ registry, repository }) => [registry, `${repository}@${digest}`]),
      ),
      // Sorted: they come in the order in which registries answer.
      names: Object.keys(names)
        .filter((name) => names[name] === digest)
        .sort(),
    },
    findings: Object.keys(names)
      .filter((name) => names[name] !== digest)
      .sort()
      .map((name) => finding(name, names[name], digest, recorded.taken.includes(name))),
  };
}

function on(
  places: readonly { readonly registry: RegistryName; readonly repository: string }[],
  ...registries: readonly RegistryName[]
): readonly string[] {
  return places
    .filter(({ registry }) => registries.includes(registry))
    .map(({ repository }) => repository);
}

/** An image, and of an index each image in it as well: retention on ECR looks at one manifest at a time. */
async function contentsOf(client: RepositoryClient, digest: string): Promise<readonly string[]> {
  const { mediaType, document } = await client.manifests.get(digest);
  const children = isIndex(mediaType) ? (document.manifests ?? []) : [];
  return [...children.map((child) => child.digest), digest];
}

function finding(name: string, found: string | undefined, digest: string, taken: boolean): string {
  if (taken) {
    return `${name} was recorded before, with ${found ?? "nothing"}, and stays so; this run's image is ${digest}`;
  }
  const where =
    found === undefined ? "does not exist yet" : `leads to ${found} and not to ${digest}`;
  return `${name} ${where}; slipway up puts it there`;
}
