import * as pulumi from "@pulumi/pulumi";
import type { SealedValue } from "../rules/declared-secrets.ts";
import { type GithubApiArgs, secretApi } from "./github-environment.ts";

/** A value, or a value that was sealed before for the environment's public key. */
export type SecretValueArgs =
  | {
      /** Wrapped as a secret here; it never gets to the state, not even encrypted. */
      readonly value: pulumi.Input<string>;
    }
  | { readonly sealed: Pick<SealedValue, "keyId" | "value"> };

/** Place and value of a secret. */
export type EnvironmentSecretArgs = SecretValueArgs & {
  /** `owner/name` */
  readonly repository: pulumi.Input<string>;
  /** Name of the environment, which has to be there first. */
  readonly environment: pulumi.Input<string>;
  /** `DOCKER_TOKEN` */
  readonly name: pulumi.Input<string>;
  readonly api: GithubApiArgs;
};

/**
 * A secret of a GitHub environment, sealed for the environment's public key before anything is recorded. It is sealed anew
 * when the value or the key changed, and written again when somebody else wrote it.
 *
 * @example
 * const value = new pulumi.Config().requireSecret("dockerToken");
 * new EnvironmentSecret("docker-token", {
 *   repository: "pytorch/pytorch",
 *   environment: "docker-build",
 *   name: "DOCKER_TOKEN",
 *   value,
 *   api: { baseUrl: "https://api.github.com/" },
 * });
 * @see https://docs.github.com/en/rest/actions/secrets
 */
export class EnvironmentSecret extends pulumi.CustomResource {
  /** Id of the public key that the value is sealed for. */
  declare readonly keyId: pulumi.Output<string>;
  /** When we last wrote it, as GitHub told it then. */
  declare readonly updatedAt: pulumi.Output<string>;
  /** When anybody last wrote it. */
  declare readonly remoteUpdatedAt: pulumi.Output<string>;

  constructor(name: string, args: EnvironmentSecretArgs, opts: pulumi.CustomResourceOptions = {}) {
    const value = "value" in args ? { value: pulumi.secret(args.value) } : { sealed: args.sealed };
    super(
      "slipway:index:EnvironmentSecret",
      name,
      {
        repository: args.repository,
        environment: args.environment,
        name: args.name,
        ...value,
        api: secretApi(args.api),
        keyId: undefined,
        updatedAt: undefined,
        remoteUpdatedAt: undefined,
      },
      // A fingerprint lets nobody read the value, and whoever can guess it try guesses.
      pulumi.mergeOptions(opts, { additionalSecretOutputs: ["fingerprint"] }),
    );
  }
}
