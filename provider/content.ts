import type { Registries, RepositoryClient } from "../oci/registries.ts";
import { formatRepository, parseImageReference } from "../rules/image-reference.ts";
import { platformTag } from "../rules/platform.ts";
import { UserError } from "../rules/problems.ts";
import { all } from "./all.ts";
import { distribute } from "./distribute.ts";
import type { ImageNameInputs } from "./image-name-inputs.ts";
import { assertPlatform, indexOf } from "./platform-images.ts";
import { LostRace, putIfAbsent } from "./put-name.ts";

/** Not every platform's content is there yet: no name but those of the platforms that are was put. */
export interface Incomplete {
  /** Platforms with no source and no content on any of the registries. */
  readonly missing: readonly string[];
  /** By `host/path:tag`: the content of the platforms that are there, on the first registry. */
  readonly names: Readonly<Record<string, string>>;
}

/** What the content's name is to stand for: the one platform's source, or an index of all platforms'. */
export async function makeContent(
  inputs: ImageNameInputs,
  registries: Registries,
  clients: readonly RepositoryClient[],
): Promise<string | Incomplete> {
  const { platforms, sources } = inputs;
  const [first] = clients;
  const [platform] = platforms;
  if (first === undefined || platform === undefined) throw new Error("no registry or no platform");
  if (platforms.length === 1) {
    const source = sources[platform];
    if (source === undefined) return { missing: [platform], names: {} };
    const digest = digestOf(source);
    await bring(digest, clients, sourcesOf(inputs, registries));
    await assertPlatform(first, digest, platform);
    return digest;
  }
  const contents = new Map<string, string>();
  // What is given is named before the rest is looked up: of runs that bring one each, the last one finds all.
  const isGiven = (one: string): boolean => sources[one] !== undefined;
  for (const one of [...platforms].sort((a, b) => Number(isGiven(b)) - Number(isGiven(a)))) {
    const digest = await putPlatform(one, inputs, registries, clients);
    if (digest !== undefined) contents.set(one, digest);
  }
  const missing = platforms.filter((one) => !contents.has(one));
  if (missing.length > 0) {
    const repository = formatRepository(first);
    const names = [...contents].map(([one, digest]): [string, string] => [
      `${repository}:${platformTag(inputs.contentName, one)}`,
      digest,
    ]);
    return { missing, names: Object.fromEntries(names) };
  }
  const ordered = [...contents].sort(([a], [b]) => (a < b ? -1 : 1));
  const index = await indexOf(
    first,
    ordered.map(([, digest]) => digest),
  );
  if ((await first.manifests.digest(index.digest)) === undefined) {
    await first.manifests.put(index.digest, index);
  }
  return index.digest;
}

/** Names one platform's content on the first registry; undefined when there is none yet. */
async function putPlatform(
  platform: string,
  inputs: ImageNameInputs,
  registries: Registries,
  clients: readonly RepositoryClient[],
): Promise<string | undefined> {
  const tag = platformTag(inputs.contentName, platform);
  const source = inputs.sources[platform];
  const named = await all(clients.map(({ manifests }) => manifests.digest(tag)));
  const found = named.find((digest) => digest !== undefined);
  const digest = found ?? (source === undefined ? undefined : digestOf(source));
  const [first, ...others] = clients;
  if (digest === undefined || first === undefined) return undefined;
  await bring(digest, [first], [...others, ...sourcesOf(inputs, registries)]);
  await assertPlatform(first, digest, platform);
  if ((await putIfAbsent(first, tag, digest)) !== digest) throw new LostRace(first, tag);
  return digest;
}

/** @throws UserError when the content is neither on the repositories nor in the other places */
export async function bring(
  digest: string,
  repositories: readonly RepositoryClient[],
  others: readonly RepositoryClient[],
): Promise<void> {
  if (await distribute(digest, repositories, others)) return;
  const places = [...new Set([...others, ...repositories].map(formatRepository))];
  throw new UserError(
    `${places[0]}@${digest} is not there${places.length > 1 ? `, nor on ${places.slice(1).join(", ")}` : ""}: ` +
      "the image was deleted since it was built. Build it again: raise epoch in its image.yaml, or pulumi up --replace with the URN of its docker-build Image",
  );
}

/** Repositories that the sources were pushed to. */
export function sourcesOf(
  { sources, credentials }: ImageNameInputs,
  registries: Registries,
): readonly RepositoryClient[] {
  const repositories = Object.values(sources).map((source) =>
    formatRepository(parseImageReference(source)),
  );
  return [...new Set(repositories)].map((one) => registries.repository(one, credentials));
}

function digestOf(source: string): string {
  return parseImageReference(source).digest ?? "";
}
