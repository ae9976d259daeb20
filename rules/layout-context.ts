import { DIGEST } from "./image-reference.ts";

/** An image in a folder of this machine, in the form of the OCI. */
export interface LayoutContext {
  /** Absolute path of the folder. */
  readonly folder: string;
  /** `sha256:...`: the image's manifest. */
  readonly digest: string;
}

const SCHEME = "oci-layout://";

/**
 * A named build context that is an OCI layout: `oci-layout:///path@sha256:...`, as buildx writes it. BuildKit caches what
 * stands on it by its digest, which it never does for what stands on a folder.
 * @see https://docs.docker.com/reference/cli/docker/buildx/build/#source-oci-layout
 */
export function layoutContext({ folder, digest }: LayoutContext): string {
  return `${SCHEME}${folder}@${digest}`;
}

/** The layout of a named context; undefined for any other context. */
export function parseLayoutContext(location: string): LayoutContext | undefined {
  const at = location.lastIndexOf("@");
  const [folder, digest] = [location.slice(SCHEME.length, at), location.slice(at + 1)];
  if (!location.startsWith(SCHEME) || at <= SCHEME.length || !DIGEST.test(digest)) return undefined;
  return { folder, digest };
}
