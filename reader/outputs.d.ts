import type { Registry } from "./images.js";

export { ReaderError } from "./images.js";

/** What a GitHub environment admits and holds; no values. */
export interface Environment {
  /** Patterns of the branches that may enter. */
  readonly branches: readonly string[];
  /** Patterns of the tags that may enter. */
  readonly tags: readonly string[];
  /** Names of its secrets. */
  readonly secrets: readonly string[];
  /** Names of its variables. */
  readonly variables: readonly string[];
}

/** An image as the last `up` left it. */
export interface AppliedImage {
  /** `host/path@sha256:...` on the first registry. */
  readonly reference: string;
  /** The same on every registry, by its name in image.yaml. */
  readonly references: Readonly<Record<string, string>>;
  /** Digest of every name, by `host/path:tag`. */
  readonly names: Readonly<Record<string, string>>;
}

/** What a stack tells of itself. */
export interface Outputs {
  readonly version: 1;
  /** Host of each registry. */
  readonly registries: Readonly<Partial<Record<Registry, string>>>;
  /** ARN of each role that workflows assume, by the role's name. */
  readonly roleArns: Readonly<Record<string, string>>;
  /** `host/path` of each family, by family and registry. */
  readonly repositoryUrls: Readonly<Record<string, Readonly<Partial<Record<Registry, string>>>>>;
  /** By the environment's name. */
  readonly environments: Readonly<Record<string, Environment>>;
  /** Names of the repository's Actions variables. */
  readonly variables: readonly string[];
  /** By family and accelerator; `default` in a family with one image. */
  readonly images: Readonly<Record<string, Readonly<Record<string, AppliedImage>>>>;
}

/**
 * Reads what `slipway outputs --json` prints, strictly: another version or an unknown key is refused.
 * @throws ReaderError that lists every fault with its place
 */
export function readOutputs(json: string): Outputs;
