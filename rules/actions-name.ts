import type { Problem } from "./problems.ts";

/**
 * What is wrong with names of secrets or variables for GitHub Actions.
 * @param path where they stand: `secrets`, `variables`.
 * @see https://docs.github.com/en/actions/reference/security/secrets#naming-your-secrets
 */
export function actionsNameProblems(names: Iterable<string>, path: string): Problem[] {
  const problems: Problem[] = [];
  for (const name of names) {
    const at = `${path}.${name}`;
    if (!/^[A-Z_][A-Z0-9_]*$/.test(name)) {
      const rule = "capital letters, digits and _, no digit first";
      problems.push({
        path: at,
        message: `not a name that GitHub Actions keeps as it is: ${rule}`,
      });
    } else if (name.startsWith("GITHUB_")) {
      problems.push({ path: at, message: "begins with GITHUB_, which GitHub keeps for itself" });
    }
  }
  return problems;
}
