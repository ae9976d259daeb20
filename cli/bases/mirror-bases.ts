import { copyImage } from "../../oci/copy.ts";
import { isIndex } from "../../oci/media-types.ts";
import type { Registries, RepositoryClient } from "../../oci/registries.ts";
import { formatRepository, parseImageReference } from "../../rules/image-reference.ts";
import { UserError } from "../../rules/problems.ts";
import type { LoginOf } from "./resolve-bases.ts";

/** A base as it is pinned. */
export interface PinnedBase {
  /** `host/path:tag` */
  readonly image: string;
  readonly digest: string;
}

/** What became of one base. */
export interface MirroredBase extends PinnedBase {
  /** `host/path@sha256:...`: what builds fetch. */
  readonly mirror: string;
  readonly state: "there" | "copied" | "to copy" | "failed";
  /** Why it failed. */
  readonly reason?: string;
}

export interface MirrorOptions {
  /** `host/path` */
  readonly repository: string;
  readonly loginOf: LoginOf;
  /** Only tell what would be copied. */
  readonly dryRun: boolean;
  /** Told before each copy and after it. */
  readonly say: (line: string) => void;
}

/**
 * The tag that keeps a base in its mirror: registries delete what has no name. Not `sha256-<hex>`, under which registries
 * without a referrers API keep the list of an image's signatures.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema
 */
export function mirrorTag(digest: string): string {
  return `base-${digest.slice("sha256:".length)}`;
}

/**
 * Copies bases by digest to one repository. What is there whole is not asked for at its own registry, so that each is pulled
 * once; one that fails does not stop the others.
 */
export async function mirrorBases(
  bases: readonly PinnedBase[],
  registries: Registries,
  { repository, loginOf, dryRun, say }: MirrorOptions,
): Promise<readonly MirroredBase[]> {
  const host = repository.slice(0, repository.indexOf("/"));
  const client = async (name: string, access: "pull" | "push") => {
    const at = name.slice(0, name.indexOf("/"));
    const login = await loginOf(at);
    return registries.repository(name, login === undefined ? {} : { [at]: login }, access);
  };
  const to = await client(repository, dryRun ? "pull" : "push");
  const done: MirroredBase[] = [];
  for (const [index, { image, digest }] of bases.entries()) {
    const base = { image, digest, mirror: `${repository}@${digest}` };
    const label = `${index + 1} of ${bases.length}  ${image}@${digest.slice(0, 19)}`;
    try {
      if (
        (await to.manifests.digest(mirrorTag(digest))) === digest &&
        (await isWhole(to, digest))
      ) {
        done.push({ ...base, state: "there" });
        continue;
      }
      if (dryRun) {
        done.push({ ...base, state: "to copy" });
        continue;
      }
      say(`${label}  copying to ${host} ...`);
      const started = performance.now();
      const from = await client(formatRepository(parseImageReference(image)), "pull");
      await copyImage(from, to, digest);
      await to.manifests.put(mirrorTag(digest), await to.manifests.get(digest));
      if (!(await isWhole(to, digest))) {
        throw new UserError(
          `${base.mirror} is not whole after it was copied: the registry lost some of it, or deletes while others write; run this again`,
        );
      }
      say(`${label}  copied in ${((performance.now() - started) / 1000).toFixed(1)} s`);
      done.push({ ...base, state: "copied" });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      done.push({ ...base, state: "failed", reason: error.message });
    }
  }
  return done;
}

/** Whether a repository has an image, or an index with all its images, to the last layer. */
async function isWhole(repository: RepositoryClient, digest: string): Promise<boolean> {
  if ((await repository.manifests.digest(digest)) === undefined) return false;
  const { mediaType, document } = await repository.manifests.get(digest);
  if (isIndex(mediaType)) {
    for (const child of document.manifests ?? []) {
      if (!(await isWhole(repository, child.digest))) return false;
    }
    return true;
  }
  const blobs = [document.config ?? [], document.layers ?? []].flat();
  const own = blobs.filter((blob) => (blob.urls?.length ?? 0) === 0);
  const there = await Promise.all(own.map((blob) => repository.blobs.has(blob.digest)));
  return there.every(Boolean);
}
