import { readIamPolicy } from "../rules/iam-document.ts";
import { type NamedRepository, readRepository } from "../rules/trust-bounds.ts";
import { findHoles } from "../rules/trust-check.ts";
import { AUDIENCE } from "../rules/trust-policy.ts";
import { readDocument } from "./document.ts";
import {
  type Finding,
  NotJudged,
  type PolicyResource,
  type ResourcePolicy,
  type StackPolicy,
  UNKNOWN,
} from "./policy.ts";
import { TYPES } from "./types.ts";
import { isList, notKnown, textOf } from "./values.ts";

const TRUST = "assumeRolePolicy";

/** Who may become a role. */
export const trustPolicies: readonly ResourcePolicy[] = [
  {
    name: "trust-has-no-hole",
    severity: "critical",
    description:
      "A role is assumed by jobs of certain repositories in certain environments, branches or tags alone: audience and subject are bound, without a wildcard over repositories, environments or refs, and never by ForAllValues, which holds for a token without the claim.",
    remediation:
      "Declare the role in rules/roles.ts with grants that name an environment, a branch or a tag; `slipway trust check` prints the safe form of any policy.",
    types: [TYPES.role],
    *violations(role) {
      const read = readDocument(role, TRUST);
      if ("finding" in read) {
        yield read.finding;
        return;
      }
      const trust = readIamPolicy(read.document);
      if ("problems" in trust) {
        for (const { path, message } of trust.problems) yield `${path}: ${message}`;
      } else {
        for (const { statement, what } of findHoles(trust.policy)) yield `${statement}: ${what}`;
      }
    },
  },
  {
    name: "oidc-provider-is-for-aws-alone",
    severity: "medium",
    description:
      "The account's OIDC provider for GitHub takes tokens that were made for AWS alone, so that one made for another service is refused even where a trust forgets to ask.",
    remediation: `Write clientIdLists: ["${AUDIENCE}"].`,
    types: [TYPES.oidcProvider],
    *violations({ properties: { clientIdLists: audiences } }) {
      if (audiences === UNKNOWN) {
        yield notKnown("clientIdLists");
        return;
      }
      for (const audience of isList(audiences) ? audiences : []) {
        if (audience === UNKNOWN) yield notKnown("clientIdLists");
        else if (audience !== AUDIENCE) {
          yield `takes tokens for ${JSON.stringify(audience)}, which are not made for AWS`;
        }
      }
    },
  },
  {
    name: "oidc-provider-has-no-thumbprint",
    severity: "low",
    description:
      "The OIDC provider names no thumbprints: AWS checks GitHub's certificate by itself, and a list that nobody reads looks like a defence.",
    remediation: "Leave thumbprintLists out.",
    types: [TYPES.oidcProvider],
    *violations({ properties: { thumbprintLists: thumbprints } }) {
      if (isList(thumbprints) && thumbprints.length > 0) yield "names thumbprints";
    },
  },
];

/** Who may become a role, as far as other resources tell. */
export const trustStackPolicies: readonly StackPolicy[] = [
  {
    name: "trust-is-in-the-stacks-repository",
    severity: "critical",
    description:
      "Roles trust the repository whose environments the stack declares, and no other: a typing mistake in an owner is an open door.",
    remediation:
      "Write slipway:owner and slipway:repository as GitHub does, and let every trust follow from them.",
    *stackViolations(resources) {
      const environments = resources.filter(({ type }) => type === TYPES.environment);
      if (environments.length === 0) return;
      const names = environments.map((one) => readRepository(textOf(one, "repository") ?? ""));
      const own = names.find((name) => name !== undefined);
      for (const role of resources.filter(({ type }) => type === TYPES.role)) {
        const findings = own === undefined ? [notKnown("repository")] : foreignTrust(role, own);
        for (const finding of findings) yield { resource: role, finding };
      }
    },
  },
];

/** The holes that a trust has only when one certain repository is meant. */
function* foreignTrust(role: PolicyResource, own: NamedRepository): Iterable<Finding> {
  const read = readDocument(role, TRUST);
  if ("finding" in read) {
    // What is missing or no JSON, another policy says.
    if (read.finding instanceof NotJudged) yield read.finding;
    return;
  }
  const trust = readIamPolicy(read.document);
  if ("problems" in trust) return;
  const known = new Set(findHoles(trust.policy).map(({ what }) => what));
  for (const { statement, what } of findHoles(trust.policy, [own])) {
    if (!known.has(what)) yield `${statement}: ${what}; the stack's is ${own.owner}/${own.name}`;
  }
}
