import * as pulumi from "@pulumi/pulumi";

/** The names of an image on one registry. */
export interface RegistryNamesArgs {
  /** `host/path`: `ghcr.io/pytorch/ci-image`. */
  readonly repository: pulumi.Input<string>;
  /** Tags that follow the content: `cuda12.8`, `cuda12.8-main`. */
  readonly floatingNames: pulumi.Input<readonly pulumi.Input<string>[]>;
}

/** A login at a registry. */
export interface LoginArgs {
  readonly username: pulumi.Input<string>;
  readonly password: pulumi.Input<string>;
}

/** The content, its names and the registries that carry them. */
export interface ImageNameArgs {
  /**
   * Where the content was pushed: `host/path@sha256:...`. Not looked at while `contentName` stays the same and is on the
   * first registry: a second build of the same content does not replace the first.
   */
  readonly source: pulumi.Input<string>;
  /** Tag that stands for this content for ever: `cuda12.8-k0123456789abcdef`. */
  readonly contentName: pulumi.Input<string>;
  /** In order; the first one's content under `contentName` is what all names get. */
  readonly registries: pulumi.Input<readonly pulumi.Input<RegistryNamesArgs>[]>;
  /** Logins by registry host; always a secret, and a change of them changes nothing. */
  readonly credentials: pulumi.Input<Readonly<Record<string, pulumi.Input<LoginArgs>>>>;
}

/**
 * The names of an image on its registries: a content name, whose first writer wins, and floating names that follow it.
 * Content is copied to registries that lack it, names move only to content that is there, and deleting only forgets.
 *
 * @example
 * const repository = "ghcr.io/pytorch/ci-image";
 * const config = new pulumi.Config();
 * new ImageName("ci-image-cuda12.8", {
 *   source: `${repository}@${config.require("digest")}`,
 *   contentName: "cuda12.8-k0123456789abcdef",
 *   registries: [{ repository, floatingNames: ["cuda12.8", "cuda12.8-main"] }],
 *   credentials: { "ghcr.io": { username: "pytorch", password: config.requireSecret("ghcrToken") } },
 * });
 */
export class ImageName extends pulumi.CustomResource {
  /** The content that all names stand for: `sha256:...`; not always that of `source`. */
  declare readonly digest: pulumi.Output<string>;
  /** By `host/path`: `host/path@sha256:...`. */
  declare readonly references: pulumi.Output<Readonly<Record<string, string>>>;
  /** By `host/path:tag`: `sha256:...`. */
  declare readonly names: pulumi.Output<Readonly<Record<string, string>>>;

  constructor(name: string, args: ImageNameArgs, opts: pulumi.CustomResourceOptions = {}) {
    super(
      "slipway:index:ImageName",
      name,
      {
        ...args,
        credentials: pulumi.secret(args.credentials),
        digest: undefined,
        references: undefined,
        names: undefined,
      },
      pulumi.mergeOptions(opts, { additionalSecretOutputs: ["credentials"] }),
    );
  }
}
