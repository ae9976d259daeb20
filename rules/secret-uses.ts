import { type SecretFinding, warning } from "./secret-findings.ts";
import type { InventoryArgs } from "./secret-inventory.ts";

/** A place of a workflow that reads secrets. */
export interface SecretUse {
  /** The file's name in `.github/workflows`: `build.yml`. */
  readonly file: string;
  /** Null for the workflow as a whole, of whose environments it may enter any. */
  readonly job: string | null;
  /** In capitals, as GitHub keeps names; null for every secret there is: `toJSON(secrets)`, `secrets[matrix.name]`. */
  readonly name: string | null;
  /** The environments that the job may enter; empty for none, null where only GitHub knows. */
  readonly environments: readonly string[] | null;
  /** Whether the workflow is called by others, which hand it a secret of the name. */
  readonly handed: boolean;
}

/** What the workflows and actions of a checkout do with secrets. */
export interface SecretUses {
  readonly uses: readonly SecretUse[];
  /** Jobs that hand every secret on to another workflow: `secrets: inherit`. */
  readonly inherits: readonly {
    readonly file: string;
    readonly job: string;
    /** The other workflow. */
    readonly to: string;
  }[];
  /** Actions that read secrets, which GitHub gives to none. */
  readonly inActions: readonly { readonly file: string; readonly name: string | null }[];
  readonly unreadable: readonly { readonly file: string; readonly message: string }[];
}

/** What GitHub makes for every job, and no place holds. @see https://docs.github.com/en/actions/concepts/security/github_token */
const GIVEN = "GITHUB_TOKEN";

/**
 * What the project's own workflows read for every stack, and is empty for one that needs none: logins at registries where its
 * families are not, and what opens a state that is elsewhere.
 */
const WHERE_NEEDED = {
  files: ["up.yml", "drift.yml"],
  names: ["DOCKER_ID", "DOCKER_TOKEN", "PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE"],
} as const;

/** The files with a job that reads a secret in its environment, or may. */
export function usesOf(
  { uses }: SecretUses,
  secret: { readonly environment: string; readonly name: string },
): readonly string[] {
  const reading = uses.filter(
    (use) => use.name === secret.name && mayEnter(use, secret.environment),
  );
  return [...new Set(reading.map(({ file }) => file))].sort();
}

/** What is wrong with uses themselves. */
export function useFindings(
  { uses, inherits, inActions, unreadable }: SecretUses,
  args: Pick<InventoryArgs, "environments" | "secrets">,
): readonly SecretFinding[] {
  const findings = [
    ...uses.flatMap((use) => [...findingsOf(use, args)]),
    ...inherits.map(({ file, job, to }) => {
      const message = `job ${job} hands every secret on to ${to} (secrets: inherit)`;
      return warning("inherit", file, message, "name those that it needs");
    }),
    ...inActions.map(({ file, name }) => {
      const what = name === null ? "secrets" : `secrets.${name}`;
      const message = `reads ${what}, which GitHub gives to no action`;
      return warning("in-action", file, message, "take it as an input");
    }),
    ...unreadable.map(({ file, message }) => warning("unreadable", file, message, "mend the file")),
  ];
  // A job that reads a secret in five steps is one matter.
  return [...new Map(findings.map((one) => [`${one.subject}\n${one.message}`, one])).values()];
}

function* findingsOf(
  use: SecretUse,
  { environments, secrets }: Pick<InventoryArgs, "environments" | "secrets">,
): Generator<SecretFinding> {
  const { file, job, name } = use;
  const who = job === null ? "the workflow" : `job ${job}`;
  if (name === null) {
    const message = `${who} reads every secret there is, or one by a name that is computed`;
    yield warning("all-secrets", file, message, "name those that it needs");
    return;
  }
  if (use.handed || name === GIVEN) return;
  const own = environments.filter((environment) => mayEnter(use, environment));
  if (own.length > 0 && isWhereNeeded(file, name)) return;
  const homes = secrets.filter((secret) => secret.name === name);
  if (homes.length > 0) {
    if (homes.some(({ environment }) => mayEnter(use, environment))) return;
    const list = homes.map(({ environment }) => environment).join(" or ");
    yield warning(
      "outside-environment",
      file,
      `${who} reads secrets.${name} outside environment ${list}: it is empty there, or a double`,
      "enter the environment, or take the use out",
    );
    return;
  }
  if (use.environments === null || own.length === 0) return;
  yield warning(
    "secret-not-declared",
    file,
    `${who} enters ${own.join(" or ")} and reads secrets.${name}, which is not declared there`,
    "declare it; one of the repository's own can be read by jobs of every branch",
  );
}

function isWhereNeeded(file: string, name: string): boolean {
  const { files, names } = WHERE_NEEDED;
  return files.some((one) => one === file) && names.some((one) => one === name);
}

function mayEnter({ environments }: SecretUse, environment: string): boolean {
  if (environments === null) return true;
  // Names of environments are the same to GitHub whatever the case.
  return environments.some((one) => one.toLowerCase() === environment.toLowerCase());
}
