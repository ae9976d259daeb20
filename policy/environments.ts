import type { RefPattern } from "../rules/refs.ts";
import { NotJudged, type PolicyResource, UNKNOWN, type Value } from "./policy.ts";
import { TYPES } from "./types.ts";
import { inside, isList, notKnown, textOf } from "./values.ts";

/** An environment with what is said of it in several resources. */
export interface ReadEnvironment {
  readonly resource: PolicyResource;
  readonly name: string;
  /** The refs that may enter. */
  readonly policies: readonly RefPattern[] | NotJudged;
  /** Names of the secrets in it. */
  readonly secrets: readonly string[];
}

/** The environments of a stack, whichever resources it declares them by; those without a known name are left out. */
export function readEnvironments(resources: readonly PolicyResource[]): readonly ReadEnvironment[] {
  return resources.flatMap((resource) => {
    const name = textOf(resource, "environment");
    if (name === undefined) return [];
    const inIt = resources.filter((other) => textOf(other, "environment") === name);
    const secrets = inIt.flatMap((other) => secretName(other) ?? []);
    switch (resource.type) {
      case TYPES.environment:
        return [{ resource, name, policies: ownPolicies(resource), secrets }];
      case TYPES.stockEnvironment:
        return [{ resource, name, policies: stockPolicies(resource, inIt), secrets }];
      default:
        return [];
    }
  });
}

/** Name of an environment's secret; undefined for any other resource. */
export function secretName(resource: PolicyResource): string | undefined {
  if (resource.type === TYPES.environmentSecret) return textOf(resource, "name") ?? "a secret";
  if (resource.type !== TYPES.stockEnvironmentSecret) return undefined;
  return textOf(resource, "secretName") ?? "a secret";
}

function ownPolicies({ properties }: PolicyResource): readonly RefPattern[] | NotJudged {
  const { policies } = properties;
  if (policies === UNKNOWN) return notKnown("policies");
  return refs((isList(policies) ? policies : []).map(refOf));
}

function stockPolicies(
  { properties }: PolicyResource,
  inIt: readonly PolicyResource[],
): readonly RefPattern[] | NotJudged {
  const custom = inside(properties, "deploymentBranchPolicy", "customBranchPolicies");
  if (custom === UNKNOWN) return notKnown("deploymentBranchPolicy");
  if (custom !== true) {
    const isProtected = inside(properties, "deploymentBranchPolicy", "protectedBranches");
    if (isProtected === true) return new NotJudged("which branches are protected is not declared");
    // Without any policy, everything may enter.
    return [{ kind: "branch", pattern: "**/*" }];
  }
  const declared = inIt.filter(({ type }) => type === TYPES.stockDeploymentPolicy);
  return refs(
    declared.map(({ properties: { branchPattern, tagPattern } }) =>
      branchPattern === undefined ? ref("tag", tagPattern) : ref("branch", branchPattern),
    ),
  );
}

function refOf(policy: Value): RefPattern | undefined {
  const kind = inside(policy, "kind");
  if (kind !== "branch" && kind !== "tag") return undefined;
  return ref(kind, inside(policy, "pattern"));
}

function ref(kind: RefPattern["kind"], pattern: Value | undefined): RefPattern | undefined {
  return typeof pattern === "string" ? { kind, pattern } : undefined;
}

function refs(found: readonly (RefPattern | undefined)[]): readonly RefPattern[] | NotJudged {
  const known = found.filter((one) => one !== undefined);
  return known.length === found.length ? known : notKnown("a deployment policy");
}
