import type { Login } from "../../../oci/authorization.ts";
import { Registries, type RepositoryClient } from "../../../oci/registries.ts";
import { RenewedLogin } from "../../../oci/renewed-login.ts";
import type { RegistryName } from "../../../rules/image-file-schema.ts";
import { registryHost } from "../../../rules/registry-place.ts";
import { renewedEcrLogin } from "../../ecr-login.ts";
import { machineLogin } from "../../registry-variables.ts";
import type { Stack } from "../../stack.ts";

/**
 * Clients of a stack's registries for a run of hours. A login is asked for by the first request to its registry, so that AWS
 * hears nothing of a run that takes all from elsewhere, and again before it ends.
 */
export class RegistryClients {
  readonly #stack: Pick<Stack, "configuration" | "cloud">;
  readonly #registries = new Registries();
  readonly #logins = new Map<RegistryName, Login>();

  constructor(stack: Pick<Stack, "configuration" | "cloud">) {
    this.#stack = stack;
  }

  /** @param repository `host/path` on that registry */
  client(registry: RegistryName, repository: string): RepositoryClient {
    const { configuration, cloud } = this.#stack;
    const host = registryHost(registry, configuration, cloud);
    const login = this.#logins.get(registry) ?? this.#loginAt(registry, host);
    this.#logins.set(registry, login);
    return this.#registries.repository(repository, { [host]: login });
  }

  #loginAt(registry: RegistryName, host: string): Login {
    const { configuration, cloud } = this.#stack;
    if (cloud !== undefined) {
      const { username, password } = cloud.registries[registry];
      return { username, password };
    }
    if (registry === "ecr") return renewedEcrLogin(host, configuration.awsRegion);
    return new RenewedLogin(async () => {
      const credentials = await machineLogin(host);
      return credentials === undefined ? undefined : { credentials };
    });
  }
}
