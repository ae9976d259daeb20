import { Platform } from "@pulumi/docker-build";
import * as pulumi from "@pulumi/pulumi";
import { cacheReferences } from "../rules/build-cache.ts";
import type { ImageContract } from "../rules/image-contract.ts";
import type { Channel } from "../rules/names.ts";
import { platformEnd } from "../rules/builder-name.ts";
import { ProblemsError, type Problem } from "../rules/problems.ts";
import { contractCheck, imageContent, type ContentSource } from "./image-content.ts";
import { ImageName } from "./image-name.ts";

/** A registry that carries the image. */
export interface ImageRegistry {
  /** `ghcr.io`, `localhost:34101`. */
  readonly host: string;
  /** Path below the host: `pytorch/ci-image`. */
  readonly path: string;
  /** Names besides the content name that point to the image there. */
  readonly floatingNames: readonly string[];
  /** Login for pushes; both are wrapped as secrets here, whatever they are. */
  readonly credentials: {
    readonly username: pulumi.Input<string>;
    readonly password: pulumi.Input<string>;
  };
}

/** What is built, and for which platforms: each has a build of its own. */
export interface ImageBuild extends ContentSource {
  /** At least one: `linux/amd64`. */
  readonly platforms: readonly string[];
  /** Those that another BuildKit than the machine's own builds. @defaultValue none */
  readonly builders?: readonly string[];
  /** Whose build caches steps are taken from; nothing is written there. @defaultValue nobody's */
  readonly cache?: { readonly channel: Channel; readonly accelerator?: string };
}

/** What is built, and the names that it gets. */
export interface AcceleratorImageArgs {
  readonly build: ImageBuild;
  /** What the content must and must not hold before it gets any name. */
  readonly contract?: ImageContract;
  /** The name that this content keeps for ever: `cuda12.8-k<key>`. */
  readonly contentName: pulumi.Input<string>;
  /** More such names: `cuda12.8-<git tree>`. */
  readonly aliases?: readonly string[];
  /** Digest of earlier content that floating names are to point to; a rollback with no rebuild. */
  readonly float?: string;
  /** In order, at least one: content is pushed to the first and copied to the others. */
  readonly registries: readonly ImageRegistry[];
}

/**
 * The image of one accelerator: content for each platform, built and pushed without a name, the check of its contract, and
 * then its names on every registry.
 *
 * Content is named afterwards because a rebuild of the same source gives another digest: whoever named the content first
 * is right, and a name moves only once its content is there. What is no longer declared is forgotten, never deleted.
 * Everything inside waits for what the component itself was told to wait for.
 *
 * @example
 * const config = new pulumi.Config();
 * const folder = "images/almalinux-builder";
 * new AcceleratorImage("almalinux-builder/cpu", {
 *   build: {
 *     folder,
 *     base: `docker-image://docker.io/amd64/almalinux:8@${config.require("baseDigest")}`,
 *     scripts: `${folder}/scripts`,
 *     buildArgs: {},
 *     platforms: ["linux/amd64"],
 *   },
 *   contentName: "cpu-k0123456789abcdef0123456789abcdef01234567",
 *   registries: [
 *     {
 *       host: "ghcr.io",
 *       path: "pytorch/almalinux-builder",
 *       floatingNames: ["cpu"],
 *       credentials: { username: "pytorch", password: config.requireSecret("ghcrToken") },
 *     },
 *   ],
 * });
 */
export class AcceleratorImage extends pulumi.ComponentResource {
  /** `sha256:...`: the content behind the names, which may be older than what this run built. */
  readonly digest: pulumi.Output<string>;
  /** By digest, on the first registry: `host/path@sha256:...`. */
  readonly reference: pulumi.Output<string>;
  /** References by digest, by `host/path`. */
  readonly references: pulumi.Output<Record<string, string>>;
  /** Digests by `host/path:name`. */
  readonly names: pulumi.Output<Record<string, string>>;

  /** @throws ProblemsError when no registry or platform is named, or one that the builder does not know. */
  constructor(
    name: string,
    args: AcceleratorImageArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    const { build, registries } = args;
    const platforms = build.platforms.filter(isPlatform);
    const [first] = registries;
    const problems = imageProblems(args);
    if (first === undefined || problems.length > 0) {
      throw new ProblemsError(`image ${name}`, problems);
    }
    super("slipway:index:AcceleratorImage", name, {}, opts);
    const child = {
      parent: this,
      ...(opts.dependsOn !== undefined && { dependsOn: opts.dependsOn }),
    };
    const repository = repositoryOf(first);
    const logins = registries.map(({ host, credentials }) => ({
      address: host,
      username: pulumi.secret(credentials.username),
      password: pulumi.secret(credentials.password),
    }));
    const checks: pulumi.Resource[] = [];
    const sources = platforms.map((platform) => {
      const several = platforms.length > 1;
      const end = several ? `-${platformEnd(platform)}` : "";
      const hasBuilder = build.builders?.includes(platform) ?? false;
      const settings = { platform, hasBuilder, registries: logins };
      const cached = (step: { readonly contract?: true }) =>
        build.cache === undefined
          ? []
          : cacheReferences(
              {
                repository,
                ...(build.cache.accelerator !== undefined && {
                  accelerator: build.cache.accelerator,
                }),
                ...(several && { platform }),
                ...step,
              },
              build.cache.channel,
            ).from;
      const content = imageContent(
        `${name}-content${end}`,
        build,
        { ...settings, repository, cacheFrom: cached({}) },
        child,
      );
      const source = pulumi.interpolate`${repository}@${content.digest}`;
      if (args.contract !== undefined) {
        const contracted = { ...settings, cacheFrom: cached({ contract: true }) };
        checks.push(
          contractCheck(`${name}-contract${end}`, args.contract, source, contracted, child),
        );
      }
      return [platform, source] as const;
    });
    const named = new ImageName(
      `${name}-name`,
      {
        platforms,
        sources: Object.fromEntries(sources),
        contentName: args.contentName,
        aliases: [...(args.aliases ?? [])],
        ...(args.float !== undefined && { float: args.float }),
        registries: registries.map((registry) => ({
          repository: repositoryOf(registry),
          floatingNames: [...registry.floatingNames],
        })),
        credentials: pulumi.secret(
          Object.fromEntries(registries.map(({ host, credentials }) => [host, credentials])),
        ),
      },
      // What breaks its contract gets no name.
      pulumi.mergeOptions(child, { dependsOn: checks }),
    );
    this.digest = named.digest;
    this.reference = pulumi.interpolate`${repository}@${named.digest}`;
    this.references = named.references;
    this.names = named.names;
    this.registerOutputs({
      digest: this.digest,
      reference: this.reference,
      references: this.references,
      names: this.names,
    });
  }
}

function repositoryOf({ host, path }: ImageRegistry): string {
  return `${host}/${path}`;
}

const PLATFORMS: readonly string[] = Object.values(Platform);

function isPlatform(text: string): text is Platform {
  return PLATFORMS.includes(text);
}

function imageProblems({ build, registries }: AcceleratorImageArgs): readonly Problem[] {
  const problems: Problem[] = [];
  if (registries.length === 0) {
    problems.push({ path: "registries", message: "empty; name where the content is pushed" });
  }
  if (build.platforms.length === 0) {
    problems.push({ path: "build.platforms", message: "empty; name one, e.g. linux/amd64" });
  }
  for (const platform of build.platforms) {
    if (isPlatform(platform)) continue;
    problems.push({
      path: "build.platforms",
      message: `${JSON.stringify(platform)} is not a platform; write e.g. linux/amd64`,
    });
  }
  return problems;
}
