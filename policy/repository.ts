import { cacheRepository } from "../rules/build-cache.ts";
import { lifecycleHazards } from "../rules/lifecycle-hazards.ts";
import { readLifecyclePolicy } from "../rules/lifecycle-policy.ts";
import { PULL_ACTIONS } from "../rules/permissions.ts";
import { coversAction, readDocument, readStatements } from "./document.ts";
import {
  type Finding,
  type PolicyResource,
  type ResourcePolicy,
  type StackPolicy,
  UNKNOWN,
} from "./policy.ts";
import { TYPES } from "./types.ts";
import { inside, notKnown } from "./values.ts";

/** Repositories on ECR, where the content of images is. */
export const repositoryPolicies: readonly ResourcePolicy[] = [
  {
    name: "repository-names-are-immutable",
    severity: "high",
    description:
      "A name on ECR never gets other content: content names are what everybody relies on, and ECR's exclusion filters cannot tell them from others. Build caches alone move.",
    remediation: 'Write imageTagMutability: "IMMUTABLE"; floating names live on other registries.',
    types: [TYPES.repository],
    *violations(repository) {
      const { imageTagMutability: mutability = "MUTABLE" } = repository.properties;
      if (isCache(repository) || mutability === "IMMUTABLE") return;
      if (mutability === UNKNOWN) yield notKnown("imageTagMutability");
      else yield unlessCache(repository, `its names are ${JSON.stringify(mutability)}`);
    },
  },
  {
    name: "repository-is-scanned",
    severity: "medium",
    description: "What is pushed to ECR is scanned for known faults.",
    remediation: "Write imageScanningConfiguration: { scanOnPush: true }.",
    types: [TYPES.repository],
    *violations(repository) {
      const scan = inside(repository.properties, "imageScanningConfiguration", "scanOnPush");
      if (isCache(repository) || scan === true) return;
      if (scan === UNKNOWN) yield notKnown("imageScanningConfiguration");
      else yield unlessCache(repository, "nothing is scanned on push");
    },
  },
  {
    name: "lifecycle-keeps-pins",
    severity: "high",
    description:
      "No lifecycle rule can delete or archive content that is pinned, nor named content that nothing newer superseded: a digest that cannot be pulled breaks whoever wrote it down.",
    remediation:
      'Begin with a rule for tagPatternList ["pin-*"] after 36500 days, and let later ones take unnamed content by age and named content by a number of 1000 or more, as rules/lifecycle.ts does.',
    types: [TYPES.lifecyclePolicy],
    *violations(lifecycle) {
      const { repository } = lifecycle.properties;
      if (repository === UNKNOWN) {
        yield notKnown("repository");
        return;
      }
      if (typeof repository === "string" && isCacheName(repository)) return;
      const read = readDocument(lifecycle, "policy");
      if ("finding" in read) {
        yield read.finding;
        return;
      }
      const policy = readLifecyclePolicy(JSON.stringify(read.document));
      if ("policy" in policy) yield* lifecycleHazards(policy.policy);
      else for (const { path, message } of policy.problems) yield `${path}: ${message}`;
    },
  },
  {
    name: "repository-is-not-public",
    severity: "critical",
    description: "The policy of a repository names the accounts that it lets in.",
    remediation:
      'Name accounts: { AWS: ["arn:aws:iam::ACCOUNT:root"] }; slipway:pullAccounts lists them.',
    types: [TYPES.repositoryPolicy],
    *violations(policy) {
      const read = readStatements(policy, "policy");
      if ("finding" in read) {
        yield read.finding;
        return;
      }
      for (const { name, allows, principals, exceptions } of read.document) {
        if (!allows) continue;
        if (exceptions.includes("NotPrincipal")) yield `${name}: lets in everybody but some`;
        else if (principals.includes("*")) yield `${name}: lets in everybody`;
      }
    },
  },
  {
    name: "repository-policy-lets-pull-only",
    severity: "high",
    description:
      "Whom a repository's own policy lets in may pull and nothing else: who may push is said by roles, in one place.",
    remediation: `Allow ${PULL_ACTIONS.join(", ")} and no other action.`,
    types: [TYPES.repositoryPolicy],
    *violations(policy) {
      const read = readStatements(policy, "policy");
      if ("finding" in read) {
        yield read.finding;
        return;
      }
      for (const statement of read.document) {
        if (!statement.allows) continue;
        if (statement.exceptions.includes("NotAction")) yield `${statement.name}: NotAction`;
        for (const action of statement.actions) {
          const alone = { ...statement, actions: [action] };
          const isPull = PULL_ACTIONS.some((pull) => coversAction(alone, pull));
          if (!isPull || /[*?]/.test(action)) yield `${statement.name}: allows ${action}`;
        }
      }
    },
  },
];

/** Repositories on ECR, as far as other resources tell. */
export const repositoryStackPolicies: readonly StackPolicy[] = [
  {
    name: "repository-has-a-lifecycle",
    severity: "medium",
    description:
      "A repository has a lifecycle policy: without one, content that lost its names stays and is paid for until the quota stops every push.",
    remediation:
      "Leave `lifecycle` of ImageRepository out, or give it rules; false keeps everything.",
    *stackViolations(resources) {
      const policies = resources.filter(({ type }) => type === TYPES.lifecyclePolicy);
      const names = new Set(policies.map(({ properties }) => properties["repository"]));
      for (const resource of resources.filter(({ type }) => type === TYPES.repository)) {
        const { name } = resource.properties;
        // A repository without a name of its own gets one from the engine, which its policy shows as unknown.
        if (name === UNKNOWN) yield { resource, finding: notKnown("name") };
        else if (name !== undefined && names.has(name)) continue;
        else if (names.has(UNKNOWN)) {
          yield { resource, finding: notKnown("the repository of a lifecycle policy") };
        } else yield { resource, finding: "has no lifecycle policy" };
      }
    },
  },
  {
    name: "repository-is-not-force-deletable",
    severity: "high",
    description:
      "Where anything is protected from deletion, a repository of images cannot be deleted with images in it.",
    remediation: "Write slipway:forceDelete: false.",
    *stackViolations(resources) {
      if (!resources.some(({ protect }) => protect)) return;
      for (const resource of resources) {
        if (resource.type !== TYPES.repository || isCache(resource)) continue;
        const { forceDelete } = resource.properties;
        if (forceDelete === UNKNOWN) {
          yield { resource, finding: notKnown("forceDelete") };
        } else if (forceDelete === true) {
          const finding = unlessCache(resource, "can be deleted with its images");
          yield { resource, finding };
        }
      }
    },
  },
];

/** Whether a repository is one of build caches, in which nothing is worth keeping. */
function isCache({ properties: { name } }: PolicyResource): boolean {
  return typeof name === "string" && isCacheName(name);
}

/** What is wrong with a repository of images, where nobody can know whether it is one. */
function unlessCache({ properties: { name } }: PolicyResource, finding: string): Finding {
  return name === UNKNOWN ? notKnown("name") : finding;
}

function isCacheName(name: string): boolean {
  return name.endsWith(cacheRepository(""));
}
