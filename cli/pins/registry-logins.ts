import type { Credentials } from "../../oci/authorization.ts";
import { parseEcrHost } from "../../rules/aws-partition.ts";
import { registryHost } from "../../rules/registry-place.ts";
import { ecrLogin } from "../ecr-login.ts";
import { machineLogin } from "../registry-variables.ts";
import { registryLogins, type Stack } from "../stack.ts";

/** The logins of this machine at registries of any kind, each asked for once. */
export class RegistryLogins {
  readonly #stack: Stack | undefined;
  readonly #asked = new Map<string, Promise<Credentials | undefined>>();

  /** @param stack whose local cloud, if it is one of it, has logins of its own */
  constructor(stack?: Stack) {
    this.#stack = stack;
  }

  /**
   * The login at a registry; undefined when there is none.
   * @param host as in image references
   * @throws UserError when environment variables give half of a login, or Docker's configuration cannot be read
   */
  of(host: string): Promise<Credentials | undefined> {
    const login = this.#asked.get(host) ?? this.#ask(host);
    this.#asked.set(host, login);
    return login;
  }

  async #ask(host: string): Promise<Credentials | undefined> {
    const stack = this.#stack;
    if (stack?.cloud !== undefined) {
      const own = (["ecr", "ghcr.io", "docker.io"] as const).filter(
        (name) => registryHost(name, stack.configuration, stack.cloud) === host,
      );
      if (own.length > 0) return (await registryLogins(stack, own))[host];
    }
    const ecr = parseEcrHost(host);
    // That there is none is said of each digest that is not checked for it.
    return ecr === undefined ? machineLogin(host) : ecrLogin(host, ecr.region, () => undefined);
  }
}
