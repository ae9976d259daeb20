import type { SecretsReport } from "../secrets/show-secrets.ts";

/** The inventory as one JSON object; docs/secrets.md describes it. */
export function secretsJson(report: SecretsReport): string {
  const { stack, repository, secrets, strays, findings, removed } = report;
  return JSON.stringify({ stack, repository, secrets, strays, findings, removed }, undefined, 2);
}
