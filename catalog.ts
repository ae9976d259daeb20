/** The registries an `image.yaml` can name. */
export type RegistryName = "ecr" | "ghcr.io" | "docker.io";

/** A base image: what a tag pointed to, and the digest that is built on. */
export interface Base {
  /** `host/path:tag` */
  readonly image: string;
  /** `sha256:...`, or `unresolved` while nobody has looked it up: plans mark it, real registries refuse it. */
  readonly digest: string;
}

/** One image of a family. */
export interface CatalogImage {
  /** Name of the accelerator (`cuda12.8`, `pytorch-linux-jammy-rocm-n-py3`); absent in a family with one image. */
  readonly accelerator?: string;
  readonly base: Base;
  /** Stage of the Dockerfile. */
  readonly target?: string;
  readonly buildArgs: Readonly<Record<string, string>>;
}

/** A folder in `images/`: a Dockerfile and its `image.yaml`. */
export interface Family {
  readonly name: string;
  readonly description: string;
  /** How refs become names: see rules/names.ts. */
  readonly scheme: "pytorch" | "therock";
  /** In order; content is pushed to the first and copied to the others. */
  readonly registries: readonly RegistryName[];
  readonly platforms: readonly string[];
  /** Raised by a person to get fixes without a source change. */
  readonly epoch: number;
  /** Absolute path of the folder, and so the build context. */
  readonly folder: string;
  readonly images: readonly CatalogImage[];
}

export type Catalog = ReadonlyMap<string, Family>;
