interface LayerLimit {
  readonly host: RegExp;
  /** Bytes of one layer as it is stored: compressed. */
  readonly bytes: number;
  /** As the registry's documentation puts it. */
  readonly words: string;
}

/** What registries document; others limit layers too, without saying so. */
const LIMITS: readonly LayerLimit[] = [
  // https://docs.github.com/en/packages/working-with-a-github-packages-registry/working-with-the-container-registry#troubleshooting
  { host: /^ghcr\.io$/, bytes: 10 * 1000 ** 3, words: "10 GB" },
  // https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html
  {
    host: /^[0-9]{12}\.dkr[.-]ecr(?:-fips)?\.[a-z0-9.-]+$/,
    bytes: 52_000 * 1024 ** 2,
    words: "52,000 MiB",
  },
];

/**
 * Why a registry will not take a layer, or nothing. Uploads of that size take long and fail only at their end.
 * @param host as in image references: `ghcr.io`
 * @param layer with its size in bytes, compressed
 */
export function layerProblem(
  host: string,
  layer: { readonly digest: string; readonly size: number },
): string | undefined {
  const limit = LIMITS.find((one) => one.host.test(host));
  if (limit === undefined || layer.size <= limit.bytes) return undefined;
  const size = (layer.size / 1000 ** 3).toFixed(1);
  return (
    `layer ${layer.digest} has ${layer.size} bytes (${size} GB), and ${host} takes at most ${limit.words} a layer; ` +
    `split the RUN or COPY that makes it into several, or remove what the step leaves behind in the same RUN`
  );
}
