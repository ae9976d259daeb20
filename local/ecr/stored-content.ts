import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** What a registry has on disk of one repository: the digests of its manifests, and the digest of each tag. */
export interface StoredContent {
  readonly digests: readonly string[];
  readonly tags: ReadonlyMap<string, string>;
}

/**
 * Reads what CNCF Distribution keeps of a repository; its API lists tags but no manifest without one.
 * @param storage the root directory of its file system driver
 * @see https://github.com/distribution/distribution/blob/main/registry/storage/paths.go
 */
export async function storedContent(storage: string, repository: string): Promise<StoredContent> {
  const manifests = join(storage, "docker/registry/v2/repositories", repository, "_manifests");
  const revisions = join(manifests, "revisions/sha256");
  const digests = await Promise.all(
    (await entries(revisions)).map((hex) => link(join(revisions, hex, "link"))),
  );
  const tags = await Promise.all(
    (await entries(join(manifests, "tags"))).map(
      async (tag) => [tag, await link(join(manifests, "tags", tag, "current/link"))] as const,
    ),
  );
  return {
    digests: digests.filter((digest) => digest !== ""),
    tags: new Map(tags.filter(([, digest]) => digest !== "")),
  };
}

async function entries(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

/** A deleted manifest or tag has lost its link. */
async function link(file: string): Promise<string> {
  return (await readFile(file, "utf8").catch(() => "")).trim();
}
