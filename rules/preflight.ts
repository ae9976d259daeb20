import type { Configuration } from "./configuration.ts";
import type { DeclaredSecret, SealedValue } from "./declared-secrets.ts";
import type { Problem } from "./problems.ts";

/** What GitHub says of a repository before a stack touches anything. */
export interface RepositoryFacts {
  readonly subject: {
    /** Whether the subject of its OIDC tokens holds the ids that survive a rename. */
    readonly immutable: boolean;
    /** The claim keys of a customised subject; null where GitHub's own form is used. */
    readonly customised: readonly string[] | null;
  };
  /** Id of each environment's public key; environments that are not there are absent. */
  readonly keys: Readonly<Record<string, string>>;
}

/** What of a stack has to fit what GitHub says. */
export interface PreflightStack {
  readonly name: string;
  /** Undefined where no role trusts a token. */
  readonly subjectForm: Configuration["subjectForm"] | undefined;
  /** The sealed values that it holds. */
  readonly sealed: readonly (Pick<DeclaredSecret, "environment" | "name"> &
    Pick<SealedValue, "keyId">)[];
}

/** Why a stack would fail, or trust tokens that nobody gets, after half of it was applied. */
export function preflightProblems(
  { subject, keys }: RepositoryFacts,
  stack: PreflightStack,
): readonly Problem[] {
  return [...subjectProblems(subject, stack), ...sealedProblems(keys, stack)];
}

function* subjectProblems(
  { immutable, customised }: RepositoryFacts["subject"],
  { subjectForm: form }: PreflightStack,
): Generator<Problem> {
  if (form === undefined) return;
  const path = "slipway:subjectForm";
  if (customised !== null) {
    yield {
      path,
      message:
        `the repository's OIDC subject is customised on GitHub (${customised.join(", ")}), and the roles would trust a subject that no token has; ` +
        "set it back: gh api --method PUT repos/OWNER/REPOSITORY/actions/oidc/customization/sub -F use_default=true",
    };
    return;
  }
  const used = immutable ? "immutable" : "name";
  if (form === "both" || form === used) return;
  yield {
    path,
    message: `${form}, but GitHub writes the repository's OIDC subject in the form ${used}, so that no workflow could assume a role; write ${used}, or both during a move`,
  };
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
