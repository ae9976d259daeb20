import { unprocessable } from "./github-error.ts";

/**
 * The stored form of a secret's or variable's name: upper case.
 * @throws GithubError 422 in GitHub's words
 * @see https://docs.github.com/actions/reference/security/secrets#naming-your-secrets
 */
export function actionsName(kind: "Secret" | "Variable", name: string): string {
  if (!/^[a-z_][a-z0-9_]*$/i.test(name)) {
    throw unprocessable(
      `${kind} names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_). ` +
        "Spaces are not allowed. Must start with a letter ([a-z], [A-Z]) or underscores (_).",
    );
  }
  if (/^github_/i.test(name)) throw unprocessable(`${kind} names must not start with GITHUB_.`);
  return name.toUpperCase();
}
