/** What a client of a repository means to do there. */
export type Access = "pull" | "push";

/**
 * Scope of a token for one repository. Whoever means to write asks for that from the first look-up on: Docker Hub grants
 * nothing to read in a repository that does not exist yet, but lets its owner push there.
 * @see https://distribution.github.io/distribution/spec/auth/scope/
 */
export function scope(path: string, access: Access): string {
  return `repository:${path}:${access === "push" ? "pull,push" : "pull"}`;
}
