import type { DeclaredSecret } from "./declared-secrets.ts";
import type { InventoryArgs, SecretRow, Stray } from "./secret-inventory.ts";

/** Days before the last one on which a secret's owner is reminded. */
const REMINDER_DAYS = 14;

/** Something about a stack's secrets that a person should see to. */
export interface SecretFinding {
  readonly kind:
    | "expired"
    | "expires-soon"
    | "missing"
    | "not-applied"
    | "other-key"
    | "unused"
    | "user-without-use"
    | "use-not-declared"
    | "outside-environment"
    | "secret-not-declared"
    | "all-secrets"
    | "inherit"
    | "in-action"
    | "unreadable"
    | "stray"
    | "double";
  /** A fault makes the command's exit code 1. */
  readonly severity: "fault" | "warning";
  /** What it is about: `docker-build/DOCKER_TOKEN`, `repository/DOCKER_TOKEN`, `build.yml`. */
  readonly subject: string;
  /** What was found, and what to do. */
  readonly message: string;
}

/** What is wrong with one declared secret. */
export function* secretFindings(row: SecretRow, args: InventoryArgs): Generator<SecretFinding> {
  const { daysLeft, expires, owner } = row;
  const subject = `${row.environment}/${row.name}`;
  if (daysLeft !== null && daysLeft <= REMINDER_DAYS) {
    const renew = `${owner} renews it, then: ${renewal(row, args.stack)}, and write its new day in slipway:secrets`;
    yield daysLeft < 0
      ? fault("expired", subject, `worked until ${expires}, ${ago(-daysLeft)}; ${renew}`)
      : warning("expires-soon", subject, `works until ${expires}, ${ahead(daysLeft)}; ${renew}`);
  }
  yield* absence(row, args, subject);
  yield* sealing(row, args, subject);
  yield* users(row, subject);
}

function* absence(
  row: SecretRow,
  { found, stack }: InventoryArgs,
  subject: string,
): Generator<SecretFinding> {
  if (row.source === "sealed" && row.sealedOn === null) {
    const there = row.state === "there" ? "; what GitHub holds is of another time" : "";
    const command = renewal(row, stack);
    yield fault("missing", subject, `${stackFile(stack)} has no sealed value${there}: ${command}`);
  } else if (row.state === "missing") {
    const gone = found?.environments[row.environment] === undefined;
    const why = gone ? `environment ${row.environment} is not on GitHub` : "is not on GitHub";
    yield fault("missing", subject, `${why}: ${up(stack)}`);
  }
}

function* sealing(
  { environment, name, source, sealedOn, updatedAt }: SecretRow,
  { found, sealed, stack }: InventoryArgs,
  subject: string,
): Generator<SecretFinding> {
  const value = sealed[environment]?.[name];
  const key = found?.environments[environment]?.keyId;
  if (source !== "sealed" || value === undefined || key === undefined) return;
  if (value.keyId !== key) {
    const command = renewal({ environment, name, source }, stack);
    yield warning(
      "other-key",
      subject,
      `${stackFile(stack)} has it sealed for a key that the environment no longer has, which stops up: ${command}`,
    );
  } else if (sealedOn !== null && updatedAt !== null && updatedAt.slice(0, 10) < sealedOn) {
    yield warning(
      "not-applied",
      subject,
      `sealed on ${sealedOn}, and GitHub has an older value: ${up(stack)}`,
    );
  }
}

function* users({ users: declared, usedBy }: SecretRow, subject: string): Generator<SecretFinding> {
  if (usedBy === null) return;
  if (usedBy.length === 0) {
    const advice = "take the declaration out, or use it";
    yield warning("unused", subject, `no workflow reads it in its environment; ${advice}`);
    return;
  }
  const idle = declared.filter((file) => !usedBy.includes(file));
  if (idle.length > 0) {
    const message = `users name ${idle.join(", ")}, which does not read it; take that out of users`;
    yield warning("user-without-use", subject, message);
  }
  const undeclared = usedBy.filter((file) => !declared.includes(file));
  if (undeclared.length > 0) {
    const message = `${undeclared.join(", ")} reads it and is not among its users; add it, or stop the use`;
    yield warning("use-not-declared", subject, message);
  }
}

/** What to do about each secret or variable that nobody declared. */
export function strayFindings(
  strays: readonly Stray[],
  { stack }: Pick<InventoryArgs, "stack">,
): readonly SecretFinding[] {
  const remove = `slipway secrets --remove-strays --stack ${stack}`;
  return strays.map(({ kind, environment, name }) => {
    if (environment !== null) {
      const message = `a ${kind} that nobody declared; declare it, or remove it: ${remove}`;
      return warning("stray", `${environment}/${name}`, message);
    }
    const message = `a ${kind} of the repository with the name of an environment's secret, for jobs of every branch to read: ${remove}`;
    return warning("double", `repository/${name}`, message);
  });
}

/** What gives a declared secret a new value. */
export function renewal(
  { environment, name, source }: Pick<DeclaredSecret, "environment" | "name" | "source">,
  stack: string,
): string {
  if (source === "sealed") {
    return `slipway secrets set ${name} --environment ${environment} --stack ${stack}`;
  }
  if ("config" in source) {
    return `pulumi config set --secret slipway:${source.config} --stack ${stack}`;
  }
  return `${up(stack)} with the new value in ${source.variable}`;
}

export function fault(
  kind: SecretFinding["kind"],
  subject: string,
  message: string,
): SecretFinding {
  return { kind, severity: "fault", subject, message };
}

export function warning(
  kind: SecretFinding["kind"],
  subject: string,
  message: string,
): SecretFinding {
  return { kind, severity: "warning", subject, message };
}

function up(stack: string): string {
  return `slipway up --stack ${stack}`;
}

function stackFile(stack: string): string {
  return `Pulumi.${stack}.yaml`;
}

function ago(days: number): string {
  return days === 1 ? "a day ago" : `${days} days ago`;
}

function ahead(days: number): string {
  if (days === 0) return "the last day is today";
  return days === 1 ? "one day from now" : `${days} days from now`;
}
