import { readIamPolicy } from "../rules/iam-document.ts";
import { type RefUse, type RefUses, unprotectedRefs } from "../rules/rulesets.ts";
import { boundsOf } from "../rules/trust-bounds.ts";
import type { Grant } from "../rules/trust-policy.ts";
import { parseSubject } from "../rules/trust-subject.ts";
import { readDocument } from "./document.ts";
import { readEnvironments } from "./environments.ts";
import {
  NotJudged,
  type PolicyResource,
  type ResourcePolicy,
  type StackPolicy,
  UNKNOWN,
} from "./policy.ts";
import { TYPES } from "./types.ts";
import { holdsUnknown, inside, isList, notKnown, textOf, textsIn } from "./values.ts";

const FOLDERS = { branch: "refs/heads/", tag: "refs/tags/" } as const;

/** Rulesets, on which every pattern of refs rests. */
export const rulesetPolicies: readonly ResourcePolicy[] = [
  {
    name: "ruleset-is-active",
    severity: "high",
    description:
      "A ruleset is enforced: one that is only evaluated or disabled keeps nobody from anything.",
    remediation: 'Write enforcement: "active".',
    types: [TYPES.ruleset],
    *violations({ properties: { enforcement } }) {
      if (enforcement === UNKNOWN) yield notKnown("enforcement");
      else if (enforcement !== "active") yield `is ${JSON.stringify(enforcement)}`;
    },
  },
  {
    name: "ruleset-is-left-to-teams",
    severity: "high",
    description:
      "Named teams alone go past a ruleset: a role of the repository, such as everybody with write access, would make it empty.",
    remediation: "Name slugs of teams in slipway:refCreators.",
    types: [TYPES.ruleset],
    *violations({ properties: { bypassActors } }) {
      if (bypassActors === UNKNOWN) yield notKnown("bypassActors");
      for (const actor of isList(bypassActors) ? bypassActors : []) {
        const type = inside(actor, "actorType");
        if (type === UNKNOWN) yield notKnown("bypassActors");
        else if (type !== "Team") yield `${JSON.stringify(type)} may go past it`;
      }
    },
  },
];

/** What rests on who may create refs. */
export const rulesetStackPolicies: readonly StackPolicy[] = [
  {
    name: "refs-are-behind-rulesets",
    severity: "high",
    description:
      "A ruleset is behind every pattern of an environment that holds a secret or is trusted by AWS, and behind every branch and tag that a trust names: else whoever may push makes a ref of that name and has what it opens.",
    remediation:
      "Name the teams that make releases in slipway:refCreators, and add what the pattern admits to rules/rulesets.ts.",
    *stackViolations(resources) {
      const rulesets = resources.flatMap((one) => readRuleset(one) ?? []);
      const unread = resources.filter(isUnread);
      const places = new Map<string, PolicyResource>();
      const environments: (RefUses["environments"][number] & { readonly mayHold: boolean })[] = [];
      for (const one of readEnvironments(resources)) {
        const { resource, name, policies, secrets, maybeMore } = one;
        if (policies instanceof NotJudged) {
          yield { resource, finding: policies };
          continue;
        }
        places.set(`environment ${name}`, resource);
        const holdsSecrets = secrets.length > 0;
        environments.push({ name, policies, holdsSecrets, mayHold: holdsSecrets || maybeMore });
      }
      const roles: RefUses["roles"][number][] = [];
      for (const resource of resources.filter(({ type }) => type === TYPES.role)) {
        const grants = grantsOf(resource);
        if (grants instanceof NotJudged) {
          yield { resource, finding: grants };
          continue;
        }
        const roleName = textOf(resource, "name") ?? resource.name;
        places.set(`role ${roleName}`, resource);
        roles.push({ roleName, grants });
      }
      const uses = { rulesets, environments, roles };
      const certain = new Set(unprotectedRefs(uses).map(useText));
      const possible = environments.map((one) => ({ ...one, holdsSecrets: one.mayHold }));
      for (const use of unprotectedRefs({ ...uses, environments: possible })) {
        const resource = places.get(use.by);
        if (resource === undefined) continue;
        const { kind, pattern } = use.ref;
        if (unread.length > 0) {
          const names = unread.map(({ name }) => name).join(", ");
          yield { resource, finding: notKnown(`ruleset ${names}`) };
        } else if (!certain.has(useText(use))) {
          yield { resource, finding: notKnown("the environment of a secret") };
        } else {
          yield { resource, finding: `${kind} ${pattern} has no ruleset behind it` };
        }
      }
    },
  },
];

function useText({ by, ref }: RefUse): string {
  return `${by} ${ref.kind} ${ref.pattern}`;
}

/** Whether nobody can know yet what a ruleset keeps whom from. */
function isUnread({ type, properties }: PolicyResource): boolean {
  const keys = ["target", "enforcement", "conditions", "rules"];
  return type === TYPES.ruleset && keys.some((key) => holdsUnknown(properties[key]));
}

/** A ruleset as far as it keeps anybody from anything; undefined for another resource and for one that does not. */
function readRuleset({
  type,
  properties,
}: PolicyResource): RefUses["rulesets"][number] | undefined {
  const { target: kind, enforcement, conditions, rules } = properties;
  if (type !== TYPES.ruleset || enforcement !== "active") return undefined;
  if (kind !== "branch" && kind !== "tag") return undefined;
  const says = (...keys: readonly string[]) => keys.every((key) => inside(rules, key) === true);
  // What is left out of it is not behind it.
  if (
    !says("deletion", "nonFastForward") ||
    textsIn(inside(conditions, "refName", "excludes")).length > 0
  ) {
    return undefined;
  }
  const folder = FOLDERS[kind];
  const patterns = textsIn(inside(conditions, "refName", "includes")).flatMap((ref) => {
    if (ref === "~ALL") return ["**/*"];
    return ref.startsWith(folder) ? [ref.slice(folder.length)] : [];
  });
  return { kind, patterns, restricted: says("creation", "update") };
}

/** The jobs that a role's trust names by their subject. */
function grantsOf(role: PolicyResource): readonly Grant[] | NotJudged {
  const read = readDocument(role, "assumeRolePolicy");
  // What is missing or no JSON, another policy says.
  if ("finding" in read) return read.finding instanceof NotJudged ? read.finding : [];
  const trust = readIamPolicy(read.document);
  if ("problems" in trust) return [];
  const { policy } = trust;
  return policy.statements
    .filter(({ effect }) => effect === "Allow")
    .flatMap((statement) => boundsOf(statement, "sub", policy).flat())
    .flatMap(({ text }) => grantOf(text) ?? []);
}

function grantOf(subject: string): Grant | undefined {
  const job = parseSubject(subject)?.job;
  switch (job?.kind) {
    case "environment":
      return { environment: job.name };
    case "branch":
      return { branch: job.name };
    case "tag":
      return { tag: job.name };
    case "pull request":
    case undefined:
      return undefined;
  }
}
