import type { DeclaredSecret, SealedValue } from "./declared-secrets.ts";
import {
  clearFindings,
  secretFindings,
  type SecretFinding,
  strayFindings,
} from "./secret-findings.ts";
import { type SecretUses, useFindings, usesOf } from "./secret-uses.ts";

/** A secret or variable as GitHub lists it: never a secret's value. */
export interface FoundItem {
  readonly name: string;
  /** When somebody last wrote it: `2026-11-21T09:36:48Z`. */
  readonly updatedAt: string;
}

/** What one place of GitHub holds for workflows. */
export interface FoundPlace {
  readonly secrets: readonly FoundItem[];
  readonly variables: readonly FoundItem[];
}

/** What GitHub holds for a stack. */
export interface FoundSecrets {
  /** By the stack's names of its environments; one that is not on GitHub is absent. */
  readonly environments: Readonly<
    Record<string, FoundPlace & { /** Id of its public key. */ readonly keyId: string }>
  >;
  /** Beside the workflows, for jobs of every branch. */
  readonly repository: FoundPlace;
}

export interface InventoryArgs {
  /** The stack's name, for commands. */
  readonly stack: string;
  /** Names of its GitHub environments. */
  readonly environments: readonly string[];
  readonly secrets: readonly DeclaredSecret[];
  /** Sealed values of its file, by environment and name. */
  readonly sealed: Readonly<Record<string, Readonly<Record<string, SealedValue>>>>;
  /** Names of the secret keys of its configuration that its file holds in clear. */
  readonly clear: readonly string[];
  /** Names of the Actions variables that it declares, by environment. */
  readonly variables: Readonly<Record<string, readonly string[]>>;
  /** Absent where GitHub was not asked. */
  readonly found?: FoundSecrets;
  /** Absent where there are no workflows to read. */
  readonly uses?: SecretUses;
  /** `YYYY-MM-DD`, of UTC. */
  readonly today: string;
}

/** A declared secret with what is known of it. */
export interface SecretRow extends DeclaredSecret {
  /** Days from today to the last one on which it works, below 0 when that is over; null for never. */
  readonly daysLeft: number | null;
  /** `unknown` where GitHub was not asked. */
  readonly state: "there" | "missing" | "unknown";
  readonly updatedAt: string | null;
  /** Whole days since then. */
  readonly ageDays: number | null;
  /** When the value in the stack's file was sealed. */
  readonly sealedOn: string | null;
  /** The workflow files that read it, by their names; null where there were none to read. */
  readonly usedBy: readonly string[] | null;
}

/** A secret or variable that the stack does not declare where it is. */
export interface Stray extends FoundItem {
  readonly kind: "secret" | "variable";
  /** Null for the repository's own: it has the name of a secret of an environment. */
  readonly environment: string | null;
}

export interface Inventory {
  readonly secrets: readonly SecretRow[];
  readonly strays: readonly Stray[];
  readonly findings: readonly SecretFinding[];
}

/** Everything that is declared, found and used, compared. */
export function secretInventory(args: InventoryArgs): Inventory {
  const { secrets, found, uses } = args;
  const rows = secrets.map((secret) => secretRow(secret, args));
  const strays = found === undefined ? [] : straysIn(found, args);
  return {
    secrets: rows,
    strays,
    findings: [
      ...clearFindings(args),
      ...rows.flatMap((row) => [...secretFindings(row, args)]),
      ...strayFindings(strays, args),
      ...(uses === undefined ? [] : useFindings(uses, args)),
    ],
  };
}

function secretRow(
  secret: DeclaredSecret,
  { found, sealed, today, uses }: InventoryArgs,
): SecretRow {
  const { environment, name, expires } = secret;
  const there = found?.environments[environment]?.secrets.find((item) => item.name === name);
  const updatedAt = there?.updatedAt ?? null;
  return {
    ...secret,
    daysLeft: expires === "never" ? null : daysBetween(today, expires),
    state: found === undefined ? "unknown" : there === undefined ? "missing" : "there",
    updatedAt,
    ageDays: updatedAt === null ? null : Math.max(0, daysBetween(updatedAt.slice(0, 10), today)),
    sealedOn: sealed[environment]?.[name]?.sealedOn ?? null,
    usedBy: uses === undefined ? null : usesOf(uses, secret),
  };
}

function straysIn(
  { environments, repository }: FoundSecrets,
  { secrets, variables }: Pick<InventoryArgs, "secrets" | "variables">,
): readonly Stray[] {
  const undeclared = Object.entries(environments).flatMap(([environment, place]) => {
    const own = secrets.filter((secret) => secret.environment === environment);
    const names = new Set(own.map(({ name }) => name));
    const variableNames = new Set(variables[environment]);
    return [
      ...straysOf("secret", environment, place.secrets, (name) => !names.has(name)),
      ...straysOf("variable", environment, place.variables, (name) => !variableNames.has(name)),
    ];
  });
  const secretNames = new Set(secrets.map(({ name }) => name));
  const isDouble = (name: string) => secretNames.has(name);
  return [
    ...undeclared,
    ...straysOf("secret", null, repository.secrets, isDouble),
    ...straysOf("variable", null, repository.variables, isDouble),
  ];
}

function straysOf(
  kind: Stray["kind"],
  environment: string | null,
  items: readonly FoundItem[],
  isStray: (name: string) => boolean,
): readonly Stray[] {
  return items
    .filter(({ name }) => isStray(name))
    .map(({ name, updatedAt }) => ({ kind, environment, name, updatedAt }));
}

/** @param from and `to` are `YYYY-MM-DD` */
function daysBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 86_400_000;
}
