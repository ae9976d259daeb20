import * as dockerBuild from "@pulumi/docker-build";
import * as pulumi from "@pulumi/pulumi";
import { contractArgs, CONTRACT_FOLDER, type ImageContract } from "../rules/image-contract.ts";
import { builderName } from "../rules/builder-name.ts";

/** What the builds of one platform have in common. */
export interface PlatformBuild {
  readonly platform: dockerBuild.Platform;
  /** Whether another BuildKit than the machine's own builds it: the builder that {@link builderName} names. */
  readonly hasBuilder: boolean;
  readonly registries: pulumi.Input<dockerBuild.types.input.RegistryArgs>[];
}

/** What BuildKit is told; folders are relative to the project, since the provider compares them as text. */
export interface ContentSource {
  /** The build context, with the Dockerfile in it. */
  readonly folder: string;
  /** Named context `base`: `docker-image://HOST/PATH@sha256:...`, or `oci-layout:///PATH@sha256:...`. */
  readonly base: string;
  /** Named context `scripts`. */
  readonly scripts: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly target?: string;
}

/** Builds one platform of an image and pushes it to `repository` by digest, with no name. */
export function imageContent(
  name: string,
  source: ContentSource,
  build: PlatformBuild & { readonly repository: string; readonly cacheFrom: readonly string[] },
  opts: pulumi.CustomResourceOptions,
): dockerBuild.Image {
  return new dockerBuild.Image(
    name,
    {
      context: {
        location: source.folder,
        named: { base: { location: source.base }, scripts: { location: source.scripts } },
      },
      dockerfile: { location: `${source.folder}/Dockerfile` },
      buildArgs: { ...source.buildArgs },
      ...(source.target !== undefined && { target: source.target }),
      exports: [
        {
          registry: {
            names: [build.repository],
            push: true,
            pushByDigest: true,
            nameCanonical: true,
            // skopeo and podman find no image with Docker's media types in a layout, such as the runners' cache is.
            ociMediaTypes: true,
          },
        },
      ],
      ...common(build, build.cacheFrom),
    },
    // The provider deletes by digest, which would take the image away under all its names.
    { ...opts, retainOnDelete: true },
  );
}

/**
 * Checks what an image holds by a build that stands on it and is thrown away: whichever engine runs the program, a breach
 * fails this resource before anything that depends on it.
 * @param reference the image, `host/path@sha256:...`
 */
export function contractCheck(
  name: string,
  contract: ImageContract,
  reference: pulumi.Input<string>,
  build: PlatformBuild & { readonly cacheFrom: readonly string[] },
  opts: pulumi.CustomResourceOptions,
): dockerBuild.Image {
  return new dockerBuild.Image(
    name,
    {
      context: {
        location: CONTRACT_FOLDER,
        named: { image: { location: pulumi.interpolate`docker-image://${reference}` } },
      },
      dockerfile: { location: `${CONTRACT_FOLDER}/Dockerfile` },
      buildArgs: contractArgs(contract),
      exports: [{ cacheonly: {} }],
      ...common(build, build.cacheFrom),
    },
    { ...opts, retainOnDelete: true },
  );
}

function common({ platform, hasBuilder, registries }: PlatformBuild, cacheFrom: readonly string[]) {
  return {
    platforms: [platform],
    ...(hasBuilder && { builder: { name: builderName(platform) } }),
    ...(cacheFrom.length > 0 && { cacheFrom: cacheFrom.map((ref) => ({ registry: { ref } })) }),
    push: false,
    registries: [...registries],
    buildOnPreview: false,
  };
}
