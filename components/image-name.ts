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
  /** What it runs on, at least one: `linux/amd64`. Several make an image index. */
  readonly platforms: pulumi.Input<readonly pulumi.Input<string>[]>;
  /**
   * Where each platform's content was pushed: `host/path@sha256:...`. Not looked at while `contentName` stays the same and
   * is on a registry: a second build of the same content does not replace the first.
   */
  readonly sources: pulumi.Input<Readonly<Record<string, pulumi.Input<string>>>>;
  /** Tag that stands for this content for ever: `cuda12.8-k0123456789abcdef`. */
  readonly contentName: pulumi.Input<string>;
  /** More such tags. One that has other content already is left alone: whoever came first is right. */
  readonly aliases: pulumi.Input<readonly pulumi.Input<string>[]>;
  /** In order; the first that has `contentName` says what it stands for. */
  readonly registries: pulumi.Input<readonly pulumi.Input<RegistryNamesArgs>[]>;
  /**
   * Digest that floating names point to in the place of the content: a rollback with no rebuild, to anything that one of the
   * registries still has.
   */
  readonly float?: pulumi.Input<string>;
  /** Logins by registry host; always a secret, and a change of them changes nothing. */
  readonly credentials: pulumi.Input<Readonly<Record<string, pulumi.Input<LoginArgs>>>>;
}

/**
 * The names of an image on its registries: names of its content, whose first writer wins, and floating names that follow it.
 * Content is copied to registries that lack it, names move only to content that is there, and deleting only forgets.
 *
 * @example
 * const repository = "ghcr.io/pytorch/ci-image";
 * const config = new pulumi.Config();
 * new ImageName("ci-image-cuda12.8", {
 *   platforms: ["linux/amd64"],
 *   sources: { "linux/amd64": `${repository}@${config.require("digest")}` },
 *   contentName: "cuda12.8-k0123456789abcdef",
 *   aliases: [],
 *   registries: [{ repository, floatingNames: ["cuda12.8", "cuda12.8-main"] }],
 *   credentials: { "ghcr.io": { username: "pytorch", password: config.requireSecret("ghcrToken") } },
 * });
 */
export class ImageName extends pulumi.CustomResource {
  /** What floating names point to: `sha256:...`; not always the content of `sources`. */
  declare readonly digest: pulumi.Output<string>;
  /** What `contentName` stands for: `sha256:...`; another than `digest` only with `float`. */
  declare readonly contentDigest: pulumi.Output<string>;
  /** By `host/path`, where `digest` is there: `host/path@sha256:...`. */
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
        contentDigest: undefined,
        references: undefined,
        names: undefined,
      },
      pulumi.mergeOptions(opts, { additionalSecretOutputs: ["credentials"] }),
    );
  }
}
