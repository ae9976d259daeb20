import type { provider } from "@pulumi/pulumi";
import { UserError } from "../rules/problems.ts";
import { resourceText } from "./resource-name.ts";
import { providerUrn } from "./state.ts";
import { containsUnknown, unwrapMap } from "./values.ts";
import type { PropertyMap } from "./values.ts";

/** Pulumi's interface, and what this engine asks for beyond it. */
export interface Provider extends provider.Provider {
  /**
   * The id of what these inputs declare if it exists already, whoever made it, by what makes it the only one of its kind:
   * a name, a URL. By this an interrupted creation is gone on with; what is never found is created again.
   */
  find?(urn: string, inputs: unknown): Promise<string | undefined>;
}

/**
 * Makes the provider of a package.
 *
 * @param config Inputs of an explicit provider resource, secrets bare; everything but strings is JSON text there, as the
 * SDKs send it. Empty for a default provider.
 */
export type PackageFactory = (config: Record<string, unknown>) => Provider | Promise<Provider>;

/** Providers by package name: `aws`, `docker-build`. */
export type Packages = Readonly<Record<string, PackageFactory>>;

const providerType = "pulumi:providers:";

/** Package of an explicit provider's resource type; undefined for other types. */
export function packageOfProvider(type: string): string | undefined {
  return type.startsWith(providerType) ? type.slice(providerType.length) : undefined;
}

/** The providers of one run: made once each, when first needed. */
export class Providers {
  readonly #packages: Packages;
  readonly #explicit = new Map<string, { pack: string; config: PropertyMap }>();
  readonly #made = new Map<string, Promise<Provider>>();

  constructor(packages: Packages) {
    this.#packages = packages;
  }

  /** Says what an explicit provider's configuration is: first from the state, then as the program declares it. */
  declare(urn: string, pack: string, config: PropertyMap): void {
    this.#explicit.set(urn, { pack, config });
    this.#made.delete(urn);
  }

  /**
   * The provider of a resource or function.
   *
   * @param token Type of the resource or token of the function.
   * @param reference `URN::ID` of the explicit provider.
   * @returns undefined while its configuration is unknown.
   * @throws {UserError} when no package has it, or whatever the package says against its configuration.
   */
  async of(token: string, reference?: string): Promise<Provider | undefined> {
    if (reference === undefined) {
      return this.#get(`default ${packageOf(token)}`, packageOf(token), {});
    }
    return this.explicit(providerUrn(reference));
  }

  async explicit(urn: string): Promise<Provider | undefined> {
    const declared = this.#explicit.get(urn);
    if (declared === undefined) {
      throw new UserError(
        `${resourceText(urn)}: it is neither declared nor recorded; run up with the program that declares it`,
      );
    }
    return this.#get(urn, declared.pack, declared.config);
  }

  async #get(key: string, pack: string, config: PropertyMap): Promise<Provider | undefined> {
    if (containsUnknown(config)) return undefined;
    const factory = this.#packages[pack];
    if (factory === undefined) {
      const known = Object.keys(this.#packages).join(", ");
      throw new UserError(
        `package ${pack}: the embedded engine has no provider for it; it has ${known || "none"}`,
      );
    }
    const made = this.#made.get(key) ?? Promise.resolve(unwrapMap(config)).then(factory);
    this.#made.set(key, made);
    return made;
  }
}

function packageOf(token: string): string {
  return token.split(":")[0] ?? token;
}
