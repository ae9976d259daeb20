import type { DeclaredSecret } from "./declared-secrets.ts";
import type { InventoryArgs, SecretRow, Stray } from "./secret-inventory.ts";

/** Days before the last one on which a secret's owner is reminded. */
const REMINDER_DAYS = 14;

/** Something about a stack's secrets that a person should see to. */
export interface SecretFinding {
  readonly kind:
    | "expired"
    | "expires-soon"
    | "in-clear"
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
  /** What was found. */
  readonly message: string;
  /** What to do. */
  readonly remedy: string;
}

/** What is wrong with one declared secret. */
export function* secretFindings(row: SecretRow, args: InventoryArgs): Generator<SecretFinding> {
  const { daysLeft, expires, owner } = row;
  const subject = `${row.environment}/${row.name}`;
  if (daysLeft !== null && daysLeft <= REMINDER_DAYS) {
    const renew = `${owner} renews it; put in the new value and its last day: ${renewal(row, args.stack)}`;
    yield daysLeft < 0
      ? fault("expired", subject, `worked until ${expires}, ${ago(-daysLeft)}`, renew)
      : warning("expires-soon", subject, `works until ${expires}, ${ahead(daysLeft)}`, renew);
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
    const there = row.state === "there" ? ", and GitHub's is of another time" : "";
    const message = `${stackFile(stack)} has no sealed value${there}`;
    yield fault("missing", subject, message, renewal(row, stack));
  } else if (row.state === "missing") {
    const gone = found?.environments[row.environment] === undefined;
    const message = gone ? `environment ${row.environment} is not on GitHub` : "not on GitHub";
    // A new environment has another key, which opens no value that was sealed before.
    const remedy = gone && row.source === "sealed" ? renewal(row, stack) : up(stack);
    yield fault("missing", subject, message, remedy);
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
    const message = `${stackFile(stack)} has it sealed for a key that the environment no longer has, which stops up`;
    const remedy = renewal({ environment, name, source }, stack);
    yield fault("other-key", subject, message, remedy);
  } else if (sealedOn !== null && updatedAt !== null && updatedAt.slice(0, 10) < sealedOn) {
    const message = `sealed on ${sealedOn}, and GitHub has an older value`;
    yield warning("not-applied", subject, message, up(stack));
  }
}

function* users({ users: declared, usedBy }: SecretRow, subject: string): Generator<SecretFinding> {
  if (usedBy === null) return;
  if (usedBy.length === 0) {
    const remedy = "take the declaration out, or use it";
    yield warning("unused", subject, "no workflow reads it in its environment", remedy);
    return;
  }
  const idle = declared.filter((file) => !usedBy.includes(file));
  if (idle.length > 0) {
    const message = `named among its users, but does not read it: ${idle.join(", ")}`;
    yield warning("user-without-use", subject, message, "take that out of users");
  }
  const undeclared = usedBy.filter((file) => !declared.includes(file));
  if (undeclared.length > 0) {
    const message = `reads it, but is not named among its users: ${undeclared.join(", ")}`;
    yield warning("use-not-declared", subject, message, "add that to users, or stop the use");
  }
}

/** What to do about each secret that stands in the stack's file as it is; its value is nowhere in it. */
export function clearFindings({
  clear,
  secrets,
  stack,
}: Pick<InventoryArgs, "clear" | "secrets" | "stack">): readonly SecretFinding[] {
  return clear.map((key) => {
    const declared = secrets.find(
      ({ source }) => source !== "sealed" && "config" in source && source.config === key,
    );
    const subject = declared ? `${declared.environment}/${declared.name}` : `slipway:${key}`;
    const message = `slipway:${key} is in clear in ${stackFile(stack)}, and so in git once that is committed, which stops up`;
    const remedy = `renew it where it was issued, and then set it encrypted: pulumi config set --secret slipway:${key} --stack ${stack}`;
    return fault("in-clear", subject, message, remedy);
  });
}

/** What to do about each secret or variable that nobody declared. */
export function strayFindings(
  strays: readonly Stray[],
  { stack }: Pick<InventoryArgs, "stack">,
): readonly SecretFinding[] {
  const remove = `slipway secrets --remove-strays --stack ${stack}`;
  return strays.map(({ kind, environment, name }) => {
    if (environment !== null) {
      const remedy = `declare it, or remove it: ${remove}`;
      return warning("stray", `${environment}/${name}`, `a ${kind} that nobody declared`, remedy);
    }
    const message = `a ${kind} of the repository with the name of an environment's secret, which jobs of every branch can read`;
    return warning("double", `repository/${name}`, message, remove);
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

function fault(
  kind: SecretFinding["kind"],
  subject: string,
  message: string,
  remedy: string,
): SecretFinding {
  return { kind, severity: "fault", subject, message, remedy };
}

export function warning(
  kind: SecretFinding["kind"],
  subject: string,
  message: string,
  remedy: string,
): SecretFinding {
  return { kind, severity: "warning", subject, message, remedy };
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
