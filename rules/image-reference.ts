/** A registry's repository, without tag or digest: `ghcr.io/pytorch/ci-image`. */
export interface Repository {
  /** Host with optional port: `ghcr.io`, `localhost:5001`. */
  readonly host: string;
  /** Path below the host: `pytorch/ci-image`. */
  readonly path: string;
}

/** An image reference with its registry written out; at least one of tag and digest is present. */
export interface ImageReference extends Repository {
  readonly tag?: string;
  /** `sha256:` and 64 hex digits. */
  readonly digest?: string;
}

/**
 * The grammar of the OCI distribution specification, with the host mandatory.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
 */
export const DIGEST = /^sha256:[0-9a-f]{64}$/;
export const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::[0-9]{1,5})?$/;
const PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

/** Reads `host/path`, or says what is wrong with it. */
export function parseRepository(text: string): Repository {
  return repositoryOf(text, text);
}

/** @param whole what a message quotes: the reference that `text` is a part of */
function repositoryOf(text: string, whole: string): Repository {
  const slash = text.indexOf("/");
  const host = slash < 0 ? "" : text.slice(0, slash);
  const path = text.slice(slash + 1);
  if (!HOST.test(host) || !(host.includes(".") || host.includes(":") || host === "localhost")) {
    const full = slash < 0 ? `docker.io/library/${whole}` : `docker.io/${whole}`;
    throw new Error(`${quote(whole)} names no registry: write it in full, e.g. ${full}`);
  }
  if (!PATH.test(path) || path.length > 255) {
    throw new Error(
      `${quote(whole)}: ${quote(path)} is not a repository path (lower-case letters, digits, ". _ -", parts separated by "/")`,
    );
  }
  return { host, path };
}

/** Reads `host/path[:tag][@digest]`; a reference with neither tag nor digest is refused. */
export function parseImageReference(text: string): ImageReference {
  const at = text.indexOf("@");
  const named = at < 0 ? text : text.slice(0, at);
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const colon = named.indexOf(":", named.lastIndexOf("/"));
  const tag = colon < 0 ? undefined : named.slice(colon + 1);
  const repository = repositoryOf(colon < 0 ? named : named.slice(0, colon), text);
  if (digest !== undefined && !DIGEST.test(digest)) {
    throw new Error(`${quote(text)}: ${quote(digest)} is not a digest (sha256: and 64 hex digits)`);
  }
  if (tag !== undefined && !TAG.test(tag)) {
    throw new Error(
      `${quote(text)}: ${quote(tag)} is not a tag (letters, digits, "_ . -", at most 128, not first "." or "-")`,
    );
  }
  if (tag === undefined && digest === undefined) {
    throw new Error(`${quote(text)} has neither a tag nor a digest`);
  }
  return {
    ...repository,
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
  };
}

/** `host/path`. */
export function formatRepository(repository: Repository): string {
  return `${repository.host}/${repository.path}`;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}...` : text);
}
