import { isMap, type KnownResource, textOf, textsOf } from "./known-resource.ts";
import type { ReportedAccess } from "./preview-report.ts";
import type { ResourceChange } from "./snapshot-changes.ts";

/** A setting that says who may do what. */
export type SettingChange = Extract<ReportedAccess, { readonly kind: "setting" }>;

/** A resource before and after; one of both may not be there. */
export interface ResourcePair {
  readonly old?: KnownResource;
  readonly now?: KnownResource;
}

/** Types whose every listed property says who may do what, with what people call them. */
interface AccessType {
  readonly of: SettingChange["of"];
  /** What the resource is known by outside of the stack. */
  readonly holder: (resource: KnownResource) => string;
  /** Words of properties; those with none are told by their own name, those that are null are told elsewhere. */
  readonly words: Readonly<Record<string, string | null>>;
}

const TOLD_ELSEWHERE = { tags: null, description: null } as const;

const ACCESS_TYPES: Readonly<Record<string, AccessType>> = {
  "aws:iam/role:Role": {
    of: "role",
    holder: named("name"),
    words: {
      ...TOLD_ELSEWHERE,
      assumeRolePolicy: null,
      maxSessionDuration: "longest session in seconds",
      permissionsBoundary: "boundary",
    },
  },
  "aws:iam/rolePoliciesExclusive:RolePoliciesExclusive": {
    of: "role",
    holder: named("roleName"),
    words: { policyNames: "inline policies" },
  },
  "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": {
    of: "role",
    holder: named("roleName"),
    words: { policyArns: "attached policies" },
  },
  "aws:iam/policy:Policy": {
    of: "boundary",
    holder: named("name"),
    words: { ...TOLD_ELSEWHERE, policy: null },
  },
  "aws:iam/openIdConnectProvider:OpenIdConnectProvider": {
    of: "stack",
    holder: (resource) => textOf(resource, "url") ?? resource.name,
    words: { ...TOLD_ELSEWHERE, clientIdLists: "audiences of the identity provider" },
  },
  "slipway:index:GithubEnvironment": {
    of: "environment",
    holder: named("environment"),
    words: {
      policies: null,
      users: null,
      teams: null,
      waitTimer: "minutes that a job waits",
      preventSelfReview: "nobody approves a job of their own",
    },
  },
  "slipway:index:EnvironmentSecret": { of: "secret", holder: inEnvironment("name"), words: {} },
  "github:index/actionsEnvironmentVariable:ActionsEnvironmentVariable": {
    of: "variable",
    holder: inEnvironment("variableName"),
    words: { value: "value" },
  },
  "github:index/actionsVariable:ActionsVariable": {
    of: "variable",
    holder: named("variableName"),
    words: { value: "value" },
  },
  "github:index/repositoryRuleset:RepositoryRuleset": {
    of: "ruleset",
    holder: named("name"),
    words: {},
  },
  "aws:ecr/repository:Repository": {
    of: "repository",
    holder: named("name"),
    words: { ...TOLD_ELSEWHERE, forceDelete: "may be deleted with images in it" },
  },
};

/**
 * What changes of the settings of a resource that say who may do what; none for a resource that does not.
 * @param change what becomes of it, property by property
 */
export function settingChanges(
  change: ResourceChange,
  { old, now }: ResourcePair,
): readonly SettingChange[] {
  const type = ACCESS_TYPES[change.type];
  const resource = now ?? old;
  if (type === undefined || resource === undefined) return [];
  const about = { kind: "setting", of: type.of, holder: type.holder(resource) } as const;
  const members = change.type === ENVIRONMENT ? memberChanges(about.holder, { old, now }) : [];
  if (change.change === "create") {
    return [{ ...about, setting: DECLARED, new: "yes" }, ...members];
  }
  if (change.change === "delete") {
    return [{ ...about, setting: DECLARED, old: "yes" }, ...members];
  }
  const properties = change.properties.flatMap((one): readonly SettingChange[] => {
    const [property = ""] = one.path.split(/[.[]/);
    const words = type.words[property];
    if (words === null) return [];
    return [
      {
        ...about,
        setting: words === undefined ? one.path : one.path.replace(property, words),
        ...(one.old !== undefined && { old: shown(one.old) }),
        ...(one.new !== undefined && { new: shown(one.new) }),
      },
    ];
  });
  return [...properties, ...members];
}

const DECLARED = "declared";
const ENVIRONMENT = "slipway:index:GithubEnvironment";

/** Who reviews and what is admitted, one by one: lists whose order means nothing. */
function memberChanges(
  holder: string,
  {
    old,
    now,
  }: { readonly old: KnownResource | undefined; readonly now: KnownResource | undefined },
): readonly SettingChange[] {
  return MEMBERS.flatMap(({ setting, property, read }) => {
    // What is not told may be any.
    if ([old, now].some((one) => one?.withheld.includes(property))) return [];
    const [before, after] = [old, now].map((one) => new Set(one === undefined ? [] : read(one)));
    const only = (these: ReadonlySet<string>, those: ReadonlySet<string>) =>
      [...these].filter((one) => !those.has(one));
    const about = { kind: "setting", of: "environment", holder, setting } as const;
    return [
      ...only(after ?? new Set(), before ?? new Set()).map((one) => ({ ...about, new: one })),
      ...only(before ?? new Set(), after ?? new Set()).map((one) => ({ ...about, old: one })),
    ];
  });
}

const MEMBERS: readonly {
  readonly setting: string;
  readonly property: string;
  readonly read: (resource: KnownResource) => readonly string[];
}[] = [
  { setting: "reviewer (user)", property: "users", read: listed("users") },
  { setting: "reviewer (team)", property: "teams", read: listed("teams") },
  { setting: "admits branches", property: "policies", read: patterns("branch") },
  { setting: "admits tags", property: "policies", read: patterns("tag") },
];

function listed(property: string): (resource: KnownResource) => readonly string[] {
  return ({ properties }) => textsOf(properties[property]);
}

function patterns(kind: string): (resource: KnownResource) => readonly string[] {
  return ({ properties: { policies } }) =>
    (Array.isArray(policies) ? (policies as readonly (typeof policies)[]) : []).flatMap(
      (policy) => {
        if (!isMap(policy) || policy["kind"] !== kind) return [];
        return typeof policy["pattern"] === "string" ? policy["pattern"] : [];
      },
    );
}

function named(property: string): AccessType["holder"] {
  return (resource) => textOf(resource, property) ?? resource.name;
}

function inEnvironment(property: string): AccessType["holder"] {
  return (resource) =>
    `${textOf(resource, "environment") ?? "?"}/${textOf(resource, property) ?? resource.name}`;
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
