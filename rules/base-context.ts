/** A base image: what a tag pointed to, and the digest that is built on. */
interface BaseImage {
  /** `host/path:tag` */
  readonly image: string;
  /** `sha256:...`, or `unresolved` while nobody has looked it up. */
  readonly digest: string;
}

/**
 * The named context of a base: `docker-image://host/path:tag@sha256:...`, or by the same digest on a mirror. A base that
 * nobody looked up shows as `@unresolved`, which nothing can be built on.
 * @param mirror `host/path` of one repository, or empty for none
 */
export function baseContext({ image, digest }: BaseImage, mirror = ""): string {
  const source = mirror === "" || digest === "unresolved" ? image : mirror;
  return `docker-image://${source}@${digest}`;
}
