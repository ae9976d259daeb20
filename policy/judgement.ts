import {
  type Finding,
  NotJudged,
  type PolicyResource,
  type ResourcePolicy,
  type Severity,
  type StackPolicy,
} from "./policy.ts";

/** One finding of one policy at one resource. */
export interface Judged {
  readonly policy: string;
  readonly type: string;
  readonly resource: string;
}

export interface Violation extends Judged {
  readonly severity: Severity;
  /** A sentence without a full stop. */
  readonly message: string;
  /** What to write. */
  readonly remediation: string;
}

export interface Unjudged extends Judged {
  readonly why: string;
}

/** What policies say of a stack. */
export interface Judgement {
  /** The worst first, otherwise in the order of policies and resources. */
  readonly violations: readonly Violation[];
  /** What nobody can say yet. */
  readonly notJudged: readonly Unjudged[];
}

const SEVERITIES: readonly Severity[] = ["critical", "high", "medium", "low"];

/** Runs policies over the resources of a stack. */
export function judge(
  policies: {
    readonly resource: readonly ResourcePolicy[];
    readonly stack: readonly StackPolicy[];
  },
  resources: readonly PolicyResource[],
): Judgement {
  const violations: Violation[] = [];
  const notJudged: Unjudged[] = [];
  const add = (
    { name, severity, remediation }: ResourcePolicy | StackPolicy,
    resource: PolicyResource,
    finding: Finding,
  ) => {
    const judged = { policy: name, type: resource.type, resource: resource.name };
    if (finding instanceof NotJudged) notJudged.push({ ...judged, why: finding.why });
    else violations.push({ ...judged, severity, message: finding, remediation });
  };
  for (const policy of policies.resource) {
    for (const resource of resources) {
      if (!policy.types.includes(resource.type)) continue;
      for (const finding of policy.violations(resource)) add(policy, resource, finding);
    }
  }
  for (const policy of policies.stack) {
    for (const { resource, finding } of policy.stackViolations(resources)) {
      add(policy, resource, finding);
    }
  }
  const bySeverity = (severity: Severity) => violations.filter((one) => one.severity === severity);
  return { violations: SEVERITIES.flatMap(bySeverity), notJudged };
}
