import type {
  PolicyResource as CrossGuardResource,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  StackValidationPolicy,
} from "@pulumi/policy";
import {
  enforcement,
  NotJudged,
  type PolicyResource,
  type Properties,
  type ResourcePolicy,
  type StackPolicy,
  UNKNOWN,
  type Value,
} from "./policy.ts";

/** A policy as the Pulumi CLI runs it, for each resource before it is made or changed. */
export function resourcePolicy(policy: ResourcePolicy): ResourceValidationPolicy {
  return {
    ...described(policy),
    validateResource: (args, reportViolation) => {
      if (!policy.types.includes(args.type)) return;
      const unjudged: string[] = [];
      for (const finding of policy.violations(readResource(args))) {
        if (finding instanceof NotJudged) unjudged.push(finding.why);
        else reportViolation(sentence(finding, policy));
      }
      if (unjudged.length > 0) args.notApplicable(notJudgedText(unjudged));
    },
  };
}

/** A policy as the Pulumi CLI runs it, over what the stack has at the end of an update. */
export function stackPolicy(policy: StackPolicy): StackValidationPolicy {
  return {
    ...described(policy),
    validateStack: (args, reportViolation) => {
      const urns = new Map(args.resources.map((one) => [readResource(one), one.urn]));
      const unjudged: string[] = [];
      for (const { resource, finding } of policy.stackViolations([...urns.keys()])) {
        if (finding instanceof NotJudged) unjudged.push(`${resource.name}: ${finding.why}`);
        else reportViolation(sentence(finding, policy), urns.get(resource));
      }
      if (unjudged.length > 0) args.notApplicable(notJudgedText(unjudged));
    },
  };
}

function described({ name, description, severity, remediation }: ResourcePolicy | StackPolicy) {
  return {
    name,
    description,
    severity,
    enforcementLevel: enforcement(severity),
    remediationSteps: remediation,
  };
}

function sentence(finding: string, { remediation }: ResourcePolicy | StackPolicy): string {
  return `${finding}. ${remediation}`;
}

function notJudgedText(whys: readonly string[]): string {
  return `not judged: ${whys.join("; ")}`;
}

/** The engine tells policies neither what is a secret nor what is retained. */
function readResource({
  type,
  name,
  props,
  opts,
}: Pick<
  ResourceValidationArgs & CrossGuardResource,
  "type" | "name" | "props" | "opts"
>): PolicyResource {
  return {
    type,
    name,
    properties: readMap(props),
    secrets: undefined,
    protect: opts.protect,
    retainOnDelete: undefined,
  };
}

function readMap(map: Readonly<Record<string, unknown>>): Properties {
  return Object.fromEntries(Object.keys(map).map((key) => [key, readValue(() => map[key])]));
}

/** @param read throws where nobody can know the value yet: the SDK looks at each one as it is read */
function readValue(read: () => unknown): Value {
  let value: unknown;
  try {
    value = read();
  } catch {
    return UNKNOWN;
  }
  if (Array.isArray(value)) {
    const list: readonly unknown[] = value;
    return Array.from({ length: list.length }, (_, index) => readValue(() => list[index]));
  }
  if (typeof value === "object" && value !== null) return readMap(value as Record<string, unknown>);
  return value as Value;
}
