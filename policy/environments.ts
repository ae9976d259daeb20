import type { RefPattern } from "../rules/refs.ts";
import { NotJudged, type PolicyResource, UNKNOWN, type Value } from "./policy.ts";
import { TYPES } from "./types.ts";
import { holdsUnknown, inside, isList, notKnown, textOf } from "./values.ts";

/** An environment with what is said of it in several resources. */
export interface ReadEnvironment {
  readonly resource: PolicyResource;
  readonly name: string;
  /** The refs that may enter. */
  readonly policies: readonly RefPattern[] | NotJudged;
  /** Names of the secrets in it. */
  readonly secrets: readonly string[];
  /** Whether there are secrets of which nobody can know yet whether they are in it. */
  readonly maybeMore: boolean;
}

const SECRETS: readonly string[] = [TYPES.environmentSecret, TYPES.stockEnvironmentSecret];

/** The environments of a stack, whichever resources it declares them by. */
export function readEnvironments(resources: readonly PolicyResource[]): readonly ReadEnvironment[] {
  return resources
    .filter(({ type }) => type === TYPES.environment || type === TYPES.stockEnvironment)
    .map((resource) => {
      const name = textOf(resource, "environment");
      const of = (types: readonly string[]) =>
        resources.filter(({ type }) => types.includes(type)).filter((one) => mayBeIn(one, name));
      const secrets = of(SECRETS);
      const certain = secrets.filter(
        (one) => name !== undefined && textOf(one, "environment") === name,
      );
      return {
        resource,
        name: name ?? resource.name,
        policies:
          resource.type === TYPES.environment
            ? ownPolicies(resource)
            : stockPolicies(resource, of([TYPES.stockDeploymentPolicy])),
        secrets: certain.map((one) => secretName(one) ?? "a secret"),
        maybeMore: secrets.length > certain.length,
      };
    });
}

/** Name of an environment's secret; undefined for any other resource, and while it is not known. */
export function secretName(resource: PolicyResource): string | undefined {
  if (resource.type === TYPES.environmentSecret) return textOf(resource, "name");
  return resource.type === TYPES.stockEnvironmentSecret
    ? textOf(resource, "secretName")
    : undefined;
}

/** Whether a resource is a secret of an environment. */
export function isEnvironmentSecret({ type }: PolicyResource): boolean {
  return SECRETS.includes(type);
}

/** @param environment undefined for one whose name is not known */
function mayBeIn({ properties }: PolicyResource, environment: string | undefined): boolean {
  const own = properties["environment"];
  return own === UNKNOWN || environment === undefined || own === environment;
}

function ownPolicies({ properties }: PolicyResource): readonly RefPattern[] | NotJudged {
  const { policies } = properties;
  if (policies === UNKNOWN) return notKnown("policies");
  return refs((isList(policies) ? policies : []).map(refOf));
}

function stockPolicies(
  { properties }: PolicyResource,
  declared: readonly PolicyResource[],
): readonly RefPattern[] | NotJudged {
  const mode = properties["deploymentBranchPolicy"];
  if (holdsUnknown(mode)) return notKnown("deploymentBranchPolicy");
  if (inside(mode, "protectedBranches") === true) {
    return new NotJudged("which branches are protected is not declared");
  }
  // Without any policy, everything may enter.
  if (inside(mode, "customBranchPolicies") !== true) return [{ kind: "branch", pattern: "**/*" }];
  if (declared.some((one) => textOf(one, "environment") === undefined)) {
    return notKnown("the environment of a deployment policy");
  }
  return refs(
    declared.map(({ properties: { branchPattern, tagPattern } }) =>
      branchPattern === undefined ? ref("tag", tagPattern) : ref("branch", branchPattern),
    ),
  );
}

function refOf(policy: Value): RefPattern | undefined {
  const kind = inside(policy, "kind");
  return kind === "branch" || kind === "tag" ? ref(kind, inside(policy, "pattern")) : undefined;
}

function ref(kind: RefPattern["kind"], pattern: Value | undefined): RefPattern | undefined {
  return typeof pattern === "string" ? { kind, pattern } : undefined;
}

function refs(found: readonly (RefPattern | undefined)[]): readonly RefPattern[] | NotJudged {
  const known = found.filter((one) => one !== undefined);
  return known.length === found.length ? known : notKnown("a deployment policy");
}
