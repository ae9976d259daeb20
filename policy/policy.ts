/** What is at stake: `critical` gives production away, `high` takes a defence away, `medium` weakens one, `low` is untidy. */
export type Severity = "low" | "medium" | "high" | "critical";

/** Stands for a value that nobody can know before the resource is there. */
export const UNKNOWN: unique symbol = Symbol("unknown");

/** What a property can be. Secrets are bare; which properties hold one, {@link PolicyResource.secrets} says. */
export type Value =
  null | boolean | number | string | typeof UNKNOWN | readonly Value[] | Properties;
export interface Properties {
  readonly [name: string]: Value;
}

/** A resource as policies see it. */
export interface PolicyResource {
  /** `aws:ecr/repository:Repository` */
  readonly type: string;
  readonly name: string;
  /** Inputs, and computed outputs where the engine knows them. */
  readonly properties: Properties;
  /** Names of the properties that hold a secret anywhere; undefined where the engine does not tell. */
  readonly secrets: ReadonlySet<string> | undefined;
  readonly protect: boolean;
  /** Undefined where the engine does not tell. */
  readonly retainOnDelete: boolean | undefined;
}

/** That a policy cannot say whether something is as it should be, and why: silence would read as "it is". */
export class NotJudged {
  readonly why: string;

  /** @param why a phrase: `policies is not known yet` */
  constructor(why: string) {
    this.why = why;
  }
}

/** What a policy found: a sentence without a full stop about a violation, or what it could not judge. */
export type Finding = string | NotJudged;

interface Policy {
  /** In kebab case; unique. */
  readonly name: string;
  readonly severity: Severity;
  /** One sentence: what has to be, and why. */
  readonly description: string;
  /** One sentence: what to write. */
  readonly remediation: string;
}

/** A policy that one resource by itself can violate. */
export interface ResourcePolicy extends Policy {
  /** The types that it speaks of. */
  readonly types: readonly string[];
  readonly violations: (resource: PolicyResource) => Iterable<Finding>;
}

/** What a stack policy found, and at which resource. */
export interface StackFinding {
  readonly resource: PolicyResource;
  readonly finding: Finding;
}

/** A policy that is about resources together. */
export interface StackPolicy extends Policy {
  readonly stackViolations: (resources: readonly PolicyResource[]) => Iterable<StackFinding>;
}

/** Whether a violation ends an update; the same under the Pulumi CLI and for `slipway plan --policies`. */
export function enforcement(severity: Severity): "mandatory" | "advisory" {
  return severity === "low" ? "advisory" : "mandatory";
}
