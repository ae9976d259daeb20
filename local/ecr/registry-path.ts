/** What a request to a registry is about. */
export type RegistryPath =
  /** The registry itself: its version, its catalogue. */
  | { readonly kind: "registry" }
  | { readonly kind: "manifest"; readonly repository: string; readonly reference: string }
  | { readonly kind: "tags"; readonly repository: string }
  /** What is attached to an image. */
  | { readonly kind: "referrers"; readonly repository: string; readonly digest: string }
  /** Blobs, uploads of them. */
  | { readonly kind: "content"; readonly repository: string };

const COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const NAME = `(?<repository>${COMPONENT}(?:/${COMPONENT})*)`;
const MANIFEST = new RegExp(`^/v2/${NAME}/manifests/(?<reference>[A-Za-z0-9_][A-Za-z0-9._:-]*)$`);
const TAGS = new RegExp(`^/v2/${NAME}/tags/list$`);
const REFERRERS = new RegExp(`^/v2/${NAME}/referrers/(?<digest>sha256:[0-9a-f]{64})$`);
const CONTENT = new RegExp(`^/v2/${NAME}/blobs/[A-Za-z0-9_:=/-]+$`);

/**
 * Reads the path of a request, without its query; undefined when no registry has such a path.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#endpoints
 */
export function registryPath(path: string): RegistryPath | undefined {
  if (/^\/v2\/?$|^\/v2\/_catalog$/.test(path)) return { kind: "registry" };
  const manifest = MANIFEST.exec(path)?.groups;
  if (manifest !== undefined) {
    const { repository = "", reference = "" } = manifest;
    return { kind: "manifest", repository, reference };
  }
  const tags = TAGS.exec(path)?.groups?.["repository"];
  if (tags !== undefined) return { kind: "tags", repository: tags };
  const referrers = REFERRERS.exec(path)?.groups;
  if (referrers !== undefined) {
    const { repository = "", digest = "" } = referrers;
    return { kind: "referrers", repository, digest };
  }
  const content = CONTENT.exec(path)?.groups?.["repository"];
  return content === undefined ? undefined : { kind: "content", repository: content };
}
