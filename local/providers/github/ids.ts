import { UserError } from "../../../rules/problems.ts";

const SEPARATOR = ":";
const ESCAPED = "??";

/**
 * The id of a thing in a repository, as the real provider writes it: `ci-image:docker-build:DOCKER_ID`.
 * @see https://github.com/integrations/terraform-provider-github/blob/main/github/util.go
 */
export function formatId(...parts: readonly string[]): string {
  return parts.map((part) => part.replaceAll(SEPARATOR, ESCAPED)).join(SEPARATOR);
}

/**
 * Takes an id apart.
 * @param form what the parts are called, for the error: `["repository", "environment"]`
 * @throws {UserError} when the number of parts is another
 */
export function parseId<const Form extends readonly string[]>(
  id: string,
  form: Form,
): { -readonly [K in keyof Form]: string } {
  const parts = id.split(SEPARATOR).map((part) => part.replaceAll(ESCAPED, SEPARATOR));
  if (parts.length !== form.length || parts.includes("")) {
    throw new UserError(`${JSON.stringify(id)} is no id; write ${form.join(SEPARATOR)}`);
  }
  return parts as { -readonly [K in keyof Form]: string };
}
