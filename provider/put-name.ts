import { ImmutableNameFault } from "../oci/faults.ts";
import type { RepositoryClient } from "../oci/registries.ts";
import { formatRepository } from "../rules/image-reference.ts";

/** Another writer gave a name that never moves its content, after ours was decided on. The message is the name. */
export class LostRace extends Error {
  constructor(client: RepositoryClient, tag: string) {
    super(`${formatRepository(client)}:${tag}`);
  }
}

/** Points a name to content that is there; by one request, so it is at the old content or at the new. */
export async function moveName(
  client: RepositoryClient,
  tag: string,
  digest: string,
): Promise<void> {
  if ((await client.manifests.digest(tag)) === digest) return;
  await client.manifests.put(tag, await client.manifests.get(digest));
}

/**
 * Gives a name that never moves to content that is there, unless the name has content already.
 *
 * Registries have no "put if absent" but immutable names. On one without, two writers can both find a name free: so it is
 * looked up right before it is put and again right after, and what is there then counts. What is left open is a writer whose
 * put arrives after that second look; the next run follows what it put.
 * @returns the digest that the name has now
 */
export async function putIfAbsent(
  client: RepositoryClient,
  tag: string,
  digest: string,
): Promise<string> {
  const before = await client.manifests.digest(tag);
  return before ?? putAndLook(client, tag, digest);
}

/**
 * Moves a name, and says what it has then: a name that never moves may be another writer's by now.
 * @returns the digest that the name has now
 */
export async function putAndLook(
  client: RepositoryClient,
  tag: string,
  digest: string,
): Promise<string> {
  const manifest = await client.manifests.get(digest);
  let refused: ImmutableNameFault | undefined;
  try {
    await client.manifests.put(tag, manifest);
  } catch (error) {
    if (!(error instanceof ImmutableNameFault)) throw error;
    refused = error;
  }
  const after = await client.manifests.digest(tag);
  if (after !== undefined) return after;
  // Refused as taken, and yet not there: nothing can be followed.
  if (refused !== undefined) throw refused;
  return digest;
}
