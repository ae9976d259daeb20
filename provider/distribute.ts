import { copyImage } from "../oci/copy.ts";
import type { RepositoryClient } from "../oci/registries.ts";
import { formatRepository } from "../rules/image-reference.ts";
import { all } from "./all.ts";

/**
 * Copies content to every repository that lacks it, from one on the same registry where there is one.
 * @param others places besides the repositories to take it from
 * @returns false when it is on none of them, and nothing was done
 */
export async function distribute(
  digest: string,
  repositories: readonly RepositoryClient[],
  others: readonly RepositoryClient[] = [],
): Promise<boolean> {
  const present = await all(repositories.map((client) => client.manifests.digest(digest)));
  const lacking = repositories.filter((_, index) => present[index] === undefined);
  if (lacking.length === 0) return true;
  const holders = repositories.filter((_, index) => present[index] !== undefined);
  const looked = new Set(repositories.map(formatRepository));
  for (const other of others) {
    if (
      !looked.has(formatRepository(other)) &&
      (await other.manifests.digest(digest)) !== undefined
    ) {
      holders.push(other);
    }
  }
  if (holders.length === 0) return false;
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
  return true;
}
