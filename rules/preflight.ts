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
  /** Names of each environment's secrets. */
  readonly secrets: Readonly<Record<string, readonly string[]>>;
}

/** What of a stack has to fit what GitHub says. */
export interface PreflightStack {
  readonly name: string;
  /** Whose tokens its roles trust; undefined where it has none. */
  readonly trusted: TrustedRepository | undefined;
  /** The sealed values that it holds. */
  readonly sealed: readonly (Pick<DeclaredSecret, "environment" | "name"> &
    Pick<SealedValue, "keyId">)[];
  /** The secrets that are to be sealed and are not yet. */
  readonly unsealed: readonly Pick<DeclaredSecret, "environment" | "name">[];
}

/** Why a stack would fail, or trust tokens that nobody gets, after half of it was applied. */
export function preflightProblems(
  { subject, numbers, keys, secrets }: RepositoryFacts,
  stack: PreflightStack,
): readonly Problem[] {
  const { trusted } = stack;
  const untrusted = trusted && [
    numbersProblem(numbers, trusted),
    subjectFormProblem(subject, trusted),
  ];
  return [
    ...(untrusted ?? []).filter((one) => one !== undefined),
    ...sealedProblems(keys, stack),
    ...unsealedProblems(secrets, stack),
  ];
}

/** A secret that GitHub has and that the stack would no longer give: a value that nobody can read back would be lost. */
function* unsealedProblems(
  secrets: RepositoryFacts["secrets"],
  { name: stack, unsealed }: PreflightStack,
): Generator<Problem> {
  for (const { environment, name } of unsealed) {
    if (!secrets[environment]?.includes(name)) continue;
    yield {
      path: `slipway:secrets.${environment}.${name}`,
      message: `is on GitHub and is to be sealed here, but no sealed value is in the stack's file, so that it would be deleted; seal one first: ${setCommand(stack, environment, name)}`,
    };
  }
}

function setCommand(stack: string, environment: string, name: string): string {
  return `slipway secrets set ${name} --environment ${environment} --stack ${stack}`;
}

function* sealedProblems(
  keys: RepositoryFacts["keys"],
  { name: stack, sealed }: PreflightStack,
): Generator<Problem> {
  for (const { environment, name, keyId } of sealed) {
    const key = keys[environment];
    if (key === keyId) continue;
    const command = setCommand(stack, environment, name);
    const message =
      key === undefined
        ? `sealed for environment ${environment}, which is not on GitHub, and a new one has another key; seal it again, which makes the environment: ${command}`
        : `sealed for a key that environment ${environment} no longer has, so that GitHub could not open it; seal it again: ${command}`;
    yield { path: `slipway:sealedSecrets.${environment}.${name}`, message };
  }
}
