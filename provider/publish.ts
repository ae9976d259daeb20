import { copyImage } from "../oci/copy.ts";
import { ImmutableNameFault } from "../oci/faults.ts";
import type { Registries, RepositoryClient } from "../oci/registries.ts";
import { formatRepository, parseImageReference } from "../rules/image-reference.ts";
import { UserError } from "../rules/problems.ts";
import { all } from "./all.ts";
import { tagsOf, type ImageNameInputs } from "./image-name-inputs.ts";

/** Where names point. */
export interface PublishedNames {
  readonly digest: string;
  /** By `host/path:tag`: `sha256:...`. */
  readonly names: Readonly<Record<string, string>>;
}

/**
 * Puts an image's names on its registries. Content that a registry has under the content's name, the first one in their
 * order, wins over what was built: one content name never stands for two builds, even when a registry lost it.
 *
 * First all registries get the content, then the content's name, then the floating names: no name leads to content that is
 * not there. Each name is moved by one request, so it points to the old content or to the new. What is done already is
 * left alone: after a fault, the same call goes on where this one ended.
 * @throws UserError
 */
export async function publish(
  inputs: ImageNameInputs,
  registries: Registries,
): Promise<PublishedNames> {
  try {
    return await publishOnce(inputs, registries);
  } catch (error) {
    // Somebody else gave the content its name since we looked: theirs is the first now.
    if (!(error instanceof ImmutableNameFault)) throw error;
    return publishOnce(inputs, registries);
  }
}

async function publishOnce(
  inputs: ImageNameInputs,
  registries: Registries,
): Promise<PublishedNames> {
  const { contentName, credentials } = inputs;
  const built = parseImageReference(inputs.source);
  const source = registries.repository(formatRepository(built), credentials);
  const targets = inputs.registries.map((names) => ({
    client: registries.repository(names.repository, credentials, "push"),
    ...names,
  }));
  const named = await all(targets.map(({ client }) => client.manifests.digest(contentName)));
  const digest = named.find((found) => found !== undefined) ?? built.digest ?? "";

  await distribute(
    digest,
    source,
    targets.map(({ client }) => client),
  );
  for (const { client } of targets) await name(client, [contentName], digest);
  await all(targets.map(({ client, floatingNames }) => name(client, floatingNames, digest)));

  return {
    digest,
    names: Object.fromEntries(
      inputs.registries.flatMap((registry) =>
        tagsOf(inputs, registry).map((tag) => [`${registry.repository}:${tag}`, digest]),
      ),
    ),
  };
}

/** Copies content to every repository that lacks it, and from one on the same registry where there is one. */
async function distribute(
  digest: string,
  source: RepositoryClient,
  repositories: readonly RepositoryClient[],
): Promise<void> {
  const present = await all(repositories.map((client) => client.manifests.digest(digest)));
  const lacking = repositories.filter((_, index) => present[index] === undefined);
  if (lacking.length === 0) return;
  const holders = repositories.filter((_, index) => present[index] !== undefined);
  if ((await source.manifests.digest(digest)) !== undefined) holders.push(source);
  if (holders.length === 0) {
    throw new UserError(
      `${formatRepository(source)}@${digest} is not there, nor on ${repositories.map(formatRepository).join(", ")}: ` +
        "the image was deleted since it was built. Build it again: raise epoch in its image.yaml, or pulumi up --replace with the URN of its docker-build Image",
    );
  }
  // One after the other on one registry, so that the second mounts what the first was sent.
  const byHost = Map.groupBy(lacking, ({ host }) => host);
  await all(
    [...byHost].map(async ([host, clients]) => {
      let from = holders.find((holder) => holder.host === host) ?? holders[0];
      for (const client of clients) {
        if (from !== undefined) await copyImage(from, client, digest);
        from = client;
      }
    }),
  );
}

/** Points tags of one repository to content that is there. */
async function name(
  client: RepositoryClient,
  tags: readonly string[],
  digest: string,
): Promise<void> {
  for (const tag of tags) {
    if ((await client.manifests.digest(tag)) === digest) continue;
    await client.manifests.put(tag, await client.manifests.get(digest));
  }
}
