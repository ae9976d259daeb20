import type { SecretSource } from "../../rules/declared-secrets.ts";
import type { SecretRow } from "../../rules/secret-inventory.ts";
import type { SecretsReport } from "../secrets/show-secrets.ts";
import { table } from "./table.ts";
import { wrapped } from "./wrapped.ts";

const HEADINGS = ["secret", "owner", "source", "on GitHub", "works until"];

/** A stack's inventory for people: its secrets by environment, and below them what to see to. */
export function secretsText({ stack, repository, secrets, findings }: SecretsReport): string {
  const title = `Secrets of stack ${stack} (${repository})`;
  if (secrets.length === 0) {
    return [`${title}: none is declared`, ...findingLines(findings)].join("\n");
  }
  const [head = "", ...lines] = table([HEADINGS, ...secrets.map(cells)]).split("\n");
  const body: string[] = [];
  secrets.forEach((row, index) => {
    if (row.environment !== secrets[index - 1]?.environment) body.push(row.environment);
    body.push(`  ${lines[index] ?? ""}`, ...wrapped(about(row), "      "));
  });
  const unread = secrets.some(({ usedBy }) => usedBy === null)
    ? [
        "",
        "Which workflows read them is not known: this folder has no .github/workflows (see --checkout).",
      ]
    : [];
  return [title, "", `  ${head}`, ...body, ...unread, ...findingLines(findings)].join("\n");
}

function cells(row: SecretRow): readonly string[] {
  return [row.name, row.owner, sourceWords(row.source), ageWords(row), expiryWords(row)];
}

function sourceWords(source: SecretSource): string {
  if (source === "sealed") return source;
  return "config" in source ? `slipway:${source.config}` : `$${source.variable}`;
}

function ageWords({ state, ageDays }: SecretRow): string {
  if (state === "unknown") return "not asked";
  if (ageDays === null) return "missing";
  if (ageDays === 0) return "since today";
  return `for ${days(ageDays)}`;
}

function expiryWords({ expires, daysLeft }: SecretRow): string {
  if (daysLeft === null) return "never ends";
  return daysLeft < 0 ? `${expires} (over)` : `${expires} (${days(daysLeft)})`;
}

function about({ purpose, usedBy }: SecretRow): string {
  if (usedBy === null) return purpose;
  const readers = usedBy.length === 0 ? "Read by no workflow." : `Read by ${usedBy.join(", ")}.`;
  return `${purpose} ${readers}`;
}

function findingLines(findings: SecretsReport["findings"]): readonly string[] {
  if (findings.length === 0) return ["", "Nothing to see to."];
  const faults = findings.filter(({ severity }) => severity === "fault");
  const warnings = findings.filter(({ severity }) => severity === "warning");
  return [...section("Faults", faults), ...section("Warnings", warnings)];
}

function section(title: string, findings: SecretsReport["findings"]): readonly string[] {
  if (findings.length === 0) return [];
  return [
    "",
    title,
    ...findings.flatMap(({ subject, message, remedy }) => [
      ...wrapped(`${subject}: ${message}`, "  "),
      // In one piece, because it may be a command.
      `      -> ${remedy}`,
    ]),
  ];
}

function days(count: number): string {
  return count === 1 ? "1 day" : `${count} days`;
}
