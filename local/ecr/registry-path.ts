/** What a request to a registry is about. */
export type RegistryPath =
  /** The registry itself: its version, its catalogue. */
  | { readonly kind: "registry" }
  | { readonly kind: "manifest"; readonly repository: string; readonly reference: string }
  | { readonly kind: "tags"; readonly repository: string }
  /** Blobs, uploads of them, referrers. */
  | { readonly kind: "content"; readonly repository: string };

const COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const NAME = `(?<repository>${COMPONENT}(?:/${COMPONENT})*)`;
const MANIFEST = new RegExp(`^/v2/${NAME}/manifests/(?<reference>[A-Za-z0-9_][A-Za-z0-9._:-]*)$`);
const TAGS = new RegExp(`^/v2/${NAME}/tags/list$`);
const CONTENT = new RegExp(`^/v2/${NAME}/(?:blobs|referrers)/[A-Za-z0-9_:=/-]+$`);

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
  const content = CONTENT.exec(path)?.groups?.["repository"];
  return content === undefined ? undefined : { kind: "content", repository: content };
}
