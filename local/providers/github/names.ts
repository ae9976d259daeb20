import { z } from "zod";

/**
 * Name of a secret or variable of GitHub Actions.
 * @see https://docs.github.com/en/actions/reference/security/secrets#naming-your-secrets
 */
export const ActionsName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, {
    error: "is no name for it (letters, digits and _, not first a digit)",
  })
  .refine((name) => !/^github_/i.test(name), { error: "may not begin with GITHUB_" });
