import type { Registries, RepositoryClient } from "../oci/registries.ts";
import { formatRepository } from "../rules/image-reference.ts";
import { UserError } from "../rules/problems.ts";
import { all } from "./all.ts";
import { bring, makeContent, sourcesOf, type Incomplete } from "./content.ts";
import { distribute } from "./distribute.ts";
import type { ImageNameInputs, RegistryNames } from "./image-name-inputs.ts";
import { LostRace, moveName, putAndLook, putIfAbsent } from "./put-name.ts";

/** Where names point. */
export interface Published {
  /** What the content's name stands for. */
  readonly contentDigest: string;
  /** What floating names point to: the content, or `float`. */
  readonly digest: string;
  /** By `host/path:tag`: `sha256:...`. */
  readonly names: Readonly<Record<string, string>>;
}

interface Target extends RegistryNames {
  readonly client: RepositoryClient;
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
  // What was made is on all of them, unless it is an index, which was made on the first.
  if (found !== undefined || inputs.platforms.length > 1) {
    const sources = inputs.platforms.length === 1 ? sourcesOf(inputs, registries) : [];
    await bring(content, clients, sources);
  }

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
