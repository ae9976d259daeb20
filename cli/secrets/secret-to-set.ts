import type { Configuration } from "../../rules/configuration.ts";
import { type DeclaredSecret, declaredSecrets } from "../../rules/declared-secrets.ts";
import { UserError } from "../../rules/problems.ts";
import {
  DEPLOY_ENVIRONMENT,
  DRIFT_ENVIRONMENT,
  PINS_ENVIRONMENT,
  PUBLISHING_ENVIRONMENT,
} from "../../rules/refs.ts";
import { renewal } from "../../rules/secret-findings.ts";
import { suggestion } from "../../rules/suggestion.ts";

/** Environments of the secrets that the shipped workflows read under these names. */
const APP_KEYS: Readonly<Record<string, string>> = {
  SLIPWAY_APP_KEY: DEPLOY_ENVIRONMENT,
  SLIPWAY_DRIFT_APP_KEY: DRIFT_ENVIRONMENT,
  SLIPWAY_PINS_APP_KEY: PINS_ENVIRONMENT,
};

/** The workflow files of environments that others than up.yml enter. */
const USERS: Readonly<Record<string, string>> = {
  [DRIFT_ENVIRONMENT]: "drift.yml",
  [PINS_ENVIRONMENT]: "pins.yml, candidate.yml",
};

/** Which secret `slipway secrets set` is about. */
export interface SecretChoice {
  readonly stack: string;
  readonly name: string;
  readonly environment?: string;
}

/**
 * The declared secret that a value is to be sealed for.
 * @throws UserError when there is none, more than one, or its value comes from elsewhere
 */
export function secretToSet(
  configuration: Pick<Configuration, "secrets">,
  { stack, name, environment }: SecretChoice,
): DeclaredSecret {
  // It may be the value, given by mistake, so it is not repeated.
  if (!/^[A-Z_][A-Z0-9_]*$/.test(name)) {
    throw new UserError(
      "the argument is not the name of a secret (capital letters, digits and _); a value is never an argument: give it by the standard input, or by --from-env VARIABLE",
    );
  }
  const named = declaredSecrets(configuration).filter((secret) => secret.name === name);
  const found = named.filter((one) => environment === undefined || one.environment === environment);
  const [secret, ...others] = found;
  if (secret === undefined) throw new UserError(undeclared(configuration, name, environment));
  if (others.length > 0) {
    const list = found.map((one) => one.environment).join(", ");
    throw new UserError(
      `${name} is declared in several environments; say which with --environment: ${list}`,
    );
  }
  if (secret.source === "sealed") return secret;
  throw new UserError(
    `${secret.environment}/${name} has another source; give it a value there: ${renewal(secret, stack)}; or declare it with source: sealed in Pulumi.${stack}.yaml`,
  );
}

function undeclared(
  configuration: Pick<Configuration, "secrets">,
  name: string,
  environment: string | undefined,
): string {
  const declared = declaredSecrets(configuration);
  const known = declared.map((one) => one.name);
  const elsewhere = declared.filter((one) => one.name === name).map((one) => one.environment);
  const where = environment === undefined ? "" : ` in environment ${environment}`;
  const hint =
    elsewhere.length > 0 ? ` (it is in ${elsewhere.join(", ")})` : suggestion(name, known);
  const { [name]: place = PUBLISHING_ENVIRONMENT } = APP_KEYS;
  const declaredIn = environment ?? place;
  const { [declaredIn]: user = "up.yml" } = USERS;
  return `${name} is not declared${where}${hint}; declare it in the stack's file first:
  slipway:secrets:
    ${declaredIn}:
      ${name}:
        owner: who renews it
        purpose: A sentence on what it is for.
        users: [${user}]
        expires: "2027-01-31"
        source: sealed`;
}
