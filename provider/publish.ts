import type { Registries, RepositoryClient } from "../oci/registries.ts";
import { formatRepository, parseImageReference } from "../rules/image-reference.ts";
import { platformTag } from "../rules/platform.ts";
import { UserError } from "../rules/problems.ts";
import { all } from "./all.ts";
import { distribute } from "./distribute.ts";
import type { ImageNameInputs, RegistryNames } from "./image-name-inputs.ts";
import { assertPlatform, indexOf } from "./platform-images.ts";
import { moveName, putAndLook, putIfAbsent } from "./put-name.ts";

/** Where names point. */
export interface Published {
  /** What the content's name stands for. */
  readonly contentDigest: string;
  /** What floating names point to: the content, or `float`. */
  readonly digest: string;
  /** By `host/path:tag`: `sha256:...`. */
  readonly names: Readonly<Record<string, string>>;
}

/** Not every platform's content is there yet: no name but those of the platforms that are was put. */
export interface Incomplete {
  /** Platforms with no source and no content on any of the registries. */
  readonly missing: readonly string[];
  /** By `host/path:tag`: the content of the platforms that are there, on the first registry. */
  readonly names: Readonly<Record<string, string>>;
}

interface Target extends RegistryNames {
  readonly client: RepositoryClient;
}

/** Another writer gave a name that never moves its content, between our look at it and our own. */
class LostRace extends Error {
  readonly tag: string;

  constructor(client: RepositoryClient, tag: string) {
    super(`${formatRepository(client)}:${tag}`);
    this.tag = tag;
  }
}

/** Once for each of several writers; more often means that somebody moves a name that should not move. */
const ATTEMPTS = 3;

/**
 * Puts an image's names on its registries. Content that a registry has under the content's name, the first one in their
 * order, wins over what was built: one content name never stands for two builds, even when a registry lost it. See
 * {@link putIfAbsent} for what is left open between two writers.
 *
 * An image of several platforms is an index of what each platform's own name stands for (`platformTag`, on the first registry,
 * first writer wins). Sources may be given for some platforms only: the others are looked up by these names.
 *
 * First all registries get the content, then the names that never move, then the floating names: no name leads to content
 * that is not there. Each name is moved by one request, so it points to the old content or to the new. What is done already
 * is left alone: after a fault, the same call goes on where this one ended.
 * @throws UserError
 */
export async function publish(
  inputs: ImageNameInputs,
  registries: Registries,
): Promise<Published | Incomplete> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await publishOnce(inputs, registries);
    } catch (error) {
      if (!(error instanceof LostRace)) throw error;
      if (attempt < ATTEMPTS) continue;
      throw new UserError(
        `${error.message} has other content each time it is looked at, and should never move: ` +
          "find out who writes it, and let one run finish before the next",
        { cause: error },
      );
    }
  }
}

async function publishOnce(
  inputs: ImageNameInputs,
  registries: Registries,
): Promise<Published | Incomplete> {
  const { contentName, credentials, float } = inputs;
  const targets = inputs.registries.map((names) => ({
    client: registries.repository(names.repository, credentials, "push"),
    ...names,
  }));
  const clients = targets.map(({ client }) => client);
  if (float !== undefined) await bringFloat(float, contentName, clients);
  const named = await all(clients.map(({ manifests }) => manifests.digest(contentName)));
  const found = named.find((digest) => digest !== undefined);
  const content = found ?? (await makeContent(inputs, registries, clients));
  if (typeof content !== "string") return content;
  const sources = inputs.platforms.length === 1 ? sourcesOf(inputs, registries) : [];
  await bring(content, clients, sources);

  for (const [index, client] of clients.entries()) {
    await putContentName(client, contentName, content, named[index]);
  }
  const names: Record<string, string> = {};
  for (const alias of inputs.aliases) Object.assign(names, await putAlias(alias, content, clients));
  const digest = float ?? content;
  await all(targets.map((target) => putFloatingNames(target, digest)));

  for (const { repository, floatingNames } of targets) {
    names[`${repository}:${contentName}`] = content;
    for (const tag of floatingNames) names[`${repository}:${tag}`] = digest;
  }
  return { contentDigest: content, digest, names };
}

/** What the content's name is to stand for: the one platform's source, or an index of all platforms'. */
async function makeContent(
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
async function bring(
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

/** Floating names may go to content that was published before, wherever one of the image's registries still has it. */
async function bringFloat(
  digest: string,
  contentName: string,
  clients: readonly RepositoryClient[],
): Promise<void> {
  if (await distribute(digest, clients)) return;
  throw new UserError(
    `float of ${contentName}: ${digest} is on none of ${clients.map(formatRepository).join(", ")}; ` +
      "write the digest of an image that was published there before and not deleted since, or remove float",
  );
}

/** @param seen what the name had when it was decided that it is to have this content */
async function putContentName(
  client: RepositoryClient,
  tag: string,
  digest: string,
  seen: string | undefined,
): Promise<void> {
  const before = await client.manifests.digest(tag);
  if (before === digest) return;
  if (before !== seen) throw new LostRace(client, tag);
  const after = await putAndLook(client, tag, digest);
  if (after === digest) return;
  if (after !== before) throw new LostRace(client, tag);
  throw new UserError(
    `${formatRepository(client)}:${tag} has ${after}, which this registry does not let go, ` +
      `and another registry of the image has ${digest}: delete one of the two names by hand`,
  );
}

/** Fills in where a name is absent what the first registry that has it has, or else the content; moves nothing. */
async function putAlias(
  tag: string,
  content: string,
  clients: readonly RepositoryClient[],
): Promise<Record<string, string>> {
  const found = await all(clients.map(({ manifests }) => manifests.digest(tag)));
  const digest = found.find((one) => one !== undefined) ?? content;
  const lacking = clients.filter((_, index) => found[index] === undefined);
  await bring(digest, lacking, clients);
  const names: Record<string, string> = {};
  for (const [index, client] of clients.entries()) {
    const name = `${formatRepository(client)}:${tag}`;
    names[name] = found[index] ?? (await putIfAbsent(client, tag, digest));
  }
  return names;
}

/** Points floating names of one repository to content that is there. */
async function putFloatingNames({ client, floatingNames }: Target, digest: string): Promise<void> {
  for (const tag of floatingNames) await moveName(client, tag, digest);
}

function sourcesOf(
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
