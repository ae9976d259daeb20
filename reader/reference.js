/* Image references, as rules/image-reference.ts reads them. */

export const DIGEST = /^sha256:[0-9a-f]{64}$/;
export const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::[0-9]{1,5})?$/;
const PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;

/** What comes before the first slash, and what follows it up to a tag or digest. */
function repositoryProblem(text) {
  const slash = text.indexOf("/");
  const host = slash < 0 ? "" : text.slice(0, slash);
  const path = text.slice(slash + 1);
  if (!HOST.test(host) || !(host.includes(".") || host.includes(":") || host === "localhost")) {
    return "names no registry; it should begin with a host, e.g. ghcr.io/";
  }
  if (!PATH.test(path) || path.length > 255) {
    return 'has no repository path (lower-case letters, digits, ". _ -", parts separated by "/")';
  }
  return undefined;
}

/** What is wrong with `host/path@sha256:...`; undefined when nothing is. */
export function digestReferenceProblem(reference) {
  const [named = "", digest = "", ...rest] = reference.split("@");
  if (!DIGEST.test(digest) || rest.length > 0) return "has no digest (sha256: and 64 hex digits)";
  if (named.indexOf(":", named.lastIndexOf("/")) >= 0) return "has a tag beside its digest";
  return repositoryProblem(named);
}

/** What is wrong with `host/path:tag`; undefined when nothing is. */
export function nameProblem(name) {
  const colon = name.indexOf(":", name.lastIndexOf("/"));
  if (colon < 0 || !TAG.test(name.slice(colon + 1))) {
    return "has no tag, or something beside it";
  }
  return repositoryProblem(name.slice(0, colon));
}
