import type { Credentials } from "../oci/authorization.ts";
import { UserError } from "../rules/problems.ts";
import { LOGIN_VARIABLES } from "../rules/registry-variables.ts";
import { dockerLogin } from "./docker-logins.ts";

/**
 * The login at a registry on this machine: by environment variables, as workflows give it, else what `docker login` left.
 * @param host as in image references: `docker.io`, `ghcr.io`
 * @throws UserError when half of a login is set, or Docker's configuration cannot be read
 */
export async function machineLogin(host: string): Promise<Credentials | undefined> {
  return variableLogin(host, process.env) ?? (await dockerLogin(host));
}

/**
 * The login that environment variables give for a registry; undefined when both are unset or empty, as a secret is that a
 * workflow does not have.
 * @throws UserError that names the other when one of the two is set
 */
export function variableLogin(
  host: string,
  environment: Readonly<Record<string, string | undefined>>,
): Credentials | undefined {
  if (!isNamed(host)) return undefined;
  const names = LOGIN_VARIABLES[host];
  const username = environment[names.username] ?? "";
  const password = environment[names.password] ?? "";
  if (username === "" && password === "") return undefined;
  if (username !== "" && password !== "") return { username, password };
  const [set, unset] =
    username === "" ? [names.password, names.username] : [names.username, names.password];
  throw new UserError(
    `${set} is set and ${unset} is not, and a login at ${host} takes both; set ${unset}, or unset ${set}`,
  );
}

function isNamed(host: string): host is keyof typeof LOGIN_VARIABLES {
  return Object.hasOwn(LOGIN_VARIABLES, host);
}
