import type { DeclaredSecret, SealedValue } from "./declared-secrets.ts";
import type { Problem } from "./problems.ts";
import type { TrustedRepository } from "./trust-policy.ts";
import {
  numbersProblem,
  type RepositoryNumbers,
  type SubjectFacts,
  subjectFormProblem,
} from "./trust-subject-form.ts";

/** What GitHub says of a repository before a stack touches anything. */
export interface RepositoryFacts {
  /** How it writes the subjects of tokens. */
  readonly subject: SubjectFacts;
  readonly numbers: RepositoryNumbers;
  /** Id of each environment's public key; environments that are not there are absent. */
  readonly keys: Readonly<Record<string, string>>;
}

/** What of a stack has to fit what GitHub says. */
export interface PreflightStack {
  readonly name: string;
  /** Whose tokens its roles trust; undefined where it has none. */
  readonly trusted: TrustedRepository | undefined;
  /** The sealed values that it holds. */
  readonly sealed: readonly (Pick<DeclaredSecret, "environment" | "name"> &
    Pick<SealedValue, "keyId">)[];
}

/** Why a stack would fail, or trust tokens that nobody gets, after half of it was applied. */
export function preflightProblems(
  { subject, numbers, keys }: RepositoryFacts,
  stack: PreflightStack,
): readonly Problem[] {
  const { trusted } = stack;
  const untrusted = trusted && [
    numbersProblem(numbers, trusted),
    subjectFormProblem(subject, trusted),
  ];
  return [...(untrusted ?? []).filter((one) => one !== undefined), ...sealedProblems(keys, stack)];
}

function* sealedProblems(
  keys: RepositoryFacts["keys"],
  { name: stack, sealed }: PreflightStack,
): Generator<Problem> {
  for (const { environment, name, keyId } of sealed) {
    const key = keys[environment];
    if (key === keyId) continue;
    const command = `slipway secrets set ${name} --environment ${environment} --stack ${stack}`;
    const message =
      key === undefined
        ? `sealed for environment ${environment}, which is not on GitHub, and a new one has another key; seal it again, which makes the environment: ${command}`
        : `sealed for a key that environment ${environment} no longer has, so that GitHub could not open it; seal it again: ${command}`;
    yield { path: `slipway:sealedSecrets.${environment}.${name}`, message };
  }
}
