import type { Configuration } from "./configuration.ts";
import { type DeclaredSecret, sealedValue } from "./declared-secrets.ts";
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

/**
 * Why a stack would fail, or trust tokens that nobody gets, after half of it was applied.
 * @param secrets every declared secret of the stack
 * @param stack its name, for commands
 */
export function preflightProblems(
  { subject, keys }: RepositoryFacts,
  configuration: Pick<Configuration, "subjectForm" | "sealedSecrets">,
  secrets: readonly DeclaredSecret[],
  stack: string,
): readonly Problem[] {
  return [
    ...subjectProblems(subject, configuration.subjectForm),
    ...secrets.flatMap((secret) => [...sealedProblems(keys, configuration, secret, stack)]),
  ];
}

function* subjectProblems(
  { immutable, customised }: RepositoryFacts["subject"],
  form: Configuration["subjectForm"],
): Generator<Problem> {
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
  configuration: Pick<Configuration, "sealedSecrets">,
  secret: DeclaredSecret,
  stack: string,
): Generator<Problem> {
  const { environment, name, source } = secret;
  const sealed = source === "sealed" ? sealedValue(configuration, secret) : undefined;
  if (sealed === undefined || sealed.keyId === keys[environment]) return;
  const path = `slipway:sealedSecrets.${environment}.${name}`;
  const command = `slipway secrets set ${name} --environment ${environment} --stack ${stack}`;
  if (keys[environment] === undefined) {
    yield {
      path,
      message: `was sealed for environment ${environment}, which is not on GitHub, and a new one has another key; take this entry out, apply the stack, and then seal it again: ${command}`,
    };
    return;
  }
  yield {
    path,
    message: `was sealed for a key that environment ${environment} no longer has, so that GitHub could not open it; seal it again: ${command}`,
  };
}
