/** The end that tells one platform's builds of an image from another's, as in names of content: `arm64`, `arm-v7`. */
export function platformEnd(platform: string): string {
  return platform.replace(/^linux\//, "").replaceAll("/", "-");
}

/**
 * The builder of a platform that the machine's own BuildKit does not build, as the stack asks for it:
 * `docker buildx create --name slipway-arm64 --driver remote ADDRESS` makes one.
 * @see https://docs.docker.com/build/builders/drivers/remote/
 */
export function builderName(platform: string): string {
  return `slipway-${platformEnd(platform)}`;
}

/** The addresses of builders by their names. @param builders by platform */
export function builderAddresses(
  builders: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(builders).map(([platform, address]) => [builderName(platform), address]),
  );
}
