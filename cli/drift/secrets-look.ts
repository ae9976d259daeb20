import type { DriftFinding, DriftLook } from "../../rules/drift-report.ts";
import type { SecretFinding } from "../../rules/secret-findings.ts";
import { secretsReport } from "../secrets/show-secrets.ts";

/**
 * What comes by time or from elsewhere, with no commit that could be stopped for it. The rest follows from the workflows and
 * is for whoever changes these.
 */
const COMES_BY_ITSELF: ReadonlySet<SecretFinding["kind"]> = new Set([
  "expires-soon",
  "not-applied",
  "stray",
  "double",
]);

/** Looks at a stack's secrets, by names and times: no value is asked for, and GitHub gives none. */
export async function lookAtSecrets(
  stack: string,
  say: (line: string) => void,
): Promise<DriftLook> {
  const { findings } = await secretsReport({ stack }, say);
  return secretsLook(findings);
}

/** Faults, and what comes by itself, are drift; everything else is news. */
export function secretsLook(all: readonly SecretFinding[]): DriftLook {
  const findings: DriftFinding[] = [];
  const notes: DriftFinding[] = [];
  for (const { kind, severity, subject, message, remedy } of all) {
    const isDrift = severity === "fault" || COMES_BY_ITSELF.has(kind);
    (isDrift ? findings : notes).push({ subject, message, remedy });
  }
  return { findings, notes };
}
