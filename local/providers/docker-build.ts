import { Builder, type BuildOptions } from "./docker-build/builder.ts";
import { DockerBuildConfig } from "./docker-build/config.ts";
import { image } from "./docker-build/image.ts";
import { providerConfig } from "./provider-config.ts";
import { resourceProvider, type LocalProvider } from "./resource-provider.ts";

/**
 * The part of the `docker-build` provider that the stack uses: images built by BuildKit and pushed by digest.
 * @param config `buildkitHost`: a buildctl address (`unix:///...`, `tcp://...`, `docker-container://...`), else
 *   `BUILDKIT_HOST`; `builders`: such addresses by the name of a builder that an image asks for; `buildctl`: path of the
 *   program, else the one that the local cloud builds
 * @throws {ProblemsError} when the configuration holds something that is not implemented
 * @see https://www.pulumi.com/registry/packages/docker-build/
 */
export function dockerBuildProvider(
  config: Record<string, unknown>,
  options: BuildOptions = {},
): LocalProvider {
  const builder = new Builder(providerConfig("docker-build", DockerBuildConfig, config), options);
  return resourceProvider({
    name: "docker-build",
    resources: { "docker-build:index:Image": image(builder, options.projectFolder) },
    cancel: async () => builder.cancel(),
  });
}
