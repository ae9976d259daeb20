/**
 * A refusal in the form and the words of ECR's registry.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
 */
export class RegistryError extends Error {
  override readonly name = "RegistryError";
  /** HTTP status. */
  readonly status: number;
  /** `NAME_UNKNOWN`, `TAG_INVALID`. */
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }

  /** The JSON body. */
  get document(): object {
    return { errors: [{ code: this.code, message: this.message }] };
  }
}

/** A tag or digest that the repository does not have. @see https://github.com/google/go-containerregistry/issues/1862 */
export function manifestUnknown(): RegistryError {
  return new RegistryError(404, "MANIFEST_UNKNOWN", "Requested image not found");
}

/**
 * Clients know a name that may not move by these words.
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html
 */
export function tagImmutable(repository: string, tag: string): RegistryError {
  return new RegistryError(
    400,
    "TAG_INVALID",
    `The image tag '${tag}' already exists in the '${repository}' repository and cannot be overwritten because the tag is immutable.`,
  );
}
