import type { Configuration } from "./configuration.ts";
import type { TrustedRepository } from "./trust-policy.ts";

/** The repository that a stack's configuration names; a number that is 0 is not known yet. */
export function trustedRepository(configuration: Configuration): TrustedRepository {
  const { owner, repository, ownerId, repositoryId, subjectForm } = configuration;
  return {
    owner,
    name: repository,
    subjectForm,
    ...(ownerId !== 0 && { ownerId }),
    ...(repositoryId !== 0 && { repositoryId }),
  };
}
