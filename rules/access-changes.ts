import { settingChanges, type SettingChange } from "./access-settings.ts";
import { partsBeyond } from "./access-statements.ts";
import { tokenChanges, trustsOf } from "./access-tokens.ts";
import { type IamPolicy, readIamPolicy } from "./iam-document.ts";
import { isMap, type KnownResource, textOf } from "./known-resource.ts";
import type { ReportedAccess } from "./preview-report.ts";
import type { JsonValue } from "./snapshot-value.ts";
import type { ResourceChange } from "./snapshot-changes.ts";

/** What was applied, what is declared, and what the one makes of the other. */
export interface AccessArgs {
  readonly old: readonly KnownResource[];
  readonly now: readonly KnownResource[];
  readonly changes: readonly ResourceChange[];
}

type Statement = Extract<ReportedAccess, { readonly kind: "statement" }>;

/** A policy of a resource: where it is, and whose it is. */
interface PolicyPlace {
  readonly type: string;
  readonly property: string;
  readonly policy: Statement["policy"];
  readonly of: SettingChange["of"];
  /** Property with the name of the holder. */
  readonly holder: string;
}

const TRUST: PolicyPlace = {
  type: "aws:iam/role:Role",
  property: "assumeRolePolicy",
  policy: "trust",
  of: "role",
  holder: "name",
};
const POLICIES: readonly PolicyPlace[] = [
  TRUST,
  {
    type: "aws:iam/rolePolicy:RolePolicy",
    property: "policy",
    policy: "permissions",
    of: "role",
    holder: "role",
  },
  {
    type: "aws:iam/policy:Policy",
    property: "policy",
    policy: "boundary",
    of: "boundary",
    holder: "name",
  },
  {
    type: "aws:ecr/repositoryPolicy:RepositoryPolicy",
    property: "policy",
    policy: "repository policy",
    of: "repository",
    holder: "repository",
  },
];

/**
 * Who may do what after a change and could not before, and the other way round. In this order: tokens that begin or cease to
 * assume a role, statements of policies that come or go, and settings of environments, rulesets, secrets and roles.
 *
 * A trust whose words change is told by its statements too, so that no token is missed that the truth table does not have.
 */
export function accessChanges({ old, now, changes }: AccessArgs): readonly ReportedAccess[] {
  const places = POLICIES.flatMap((place) => pairsOf(place, old, now));
  return [
    ...tokensOf(places, [...old, ...now]),
    ...places.flatMap(statementChanges),
    ...changes.flatMap((change) => {
      const [before, after] = [old, now].map((all) =>
        all.find(({ type, name }) => type === change.type && name === change.name),
      );
      return settingChanges(change, {
        ...(before !== undefined && { old: before }),
        ...(after !== undefined && { now: after }),
      });
    }),
  ];
}

/** One policy before and after. */
interface PolicyPair {
  readonly place: PolicyPlace;
  readonly holder: string;
  readonly old: Document;
  readonly now: Document;
}

/** A policy's JSON; none where there is no such policy, null where it is there and cannot be told. */
type Document = { readonly json: JsonValue | undefined } | null;

/** The policies of one kind by their holders' names: a resource that is called otherwise has the same policy. */
function pairsOf(
  place: PolicyPlace,
  old: readonly KnownResource[],
  now: readonly KnownResource[],
): readonly PolicyPair[] {
  const heldBy = (all: readonly KnownResource[]) =>
    Map.groupBy(
      all.filter(({ type }) => type === place.type),
      (one) => textOf(one, place.holder) ?? one.name,
    );
  const [before, after] = [heldBy(old), heldBy(now)];
  return [...new Set([...before.keys(), ...after.keys()])].map((holder) => ({
    place,
    holder,
    old: documentOf(place, before.get(holder) ?? []),
    now: documentOf(place, after.get(holder) ?? []),
  }));
}

/** Several policies of one holder say what one with all their statements says. */
function documentOf({ property }: PolicyPlace, resources: readonly KnownResource[]): Document {
  if (resources.some(({ withheld }) => withheld.includes(property))) return null;
  const documents = resources.flatMap(({ properties }) => properties[property] ?? []);
  const [only, ...others] = documents;
  if (others.length === 0) return { json: only };
  const statements = documents.flatMap((one) => (isMap(one) ? (one["Statement"] ?? []) : [one]));
  return { json: { Version: "2012-10-17", Statement: statements } };
}

function statementChanges({ place, holder, old, now }: PolicyPair): readonly ReportedAccess[] {
  if (old === null || now === null) {
    const words = (document: Document) => (document === null ? "cannot be told" : "known");
    const about = { kind: "setting", of: place.of, holder, setting: place.policy } as const;
    return [{ ...about, old: words(old), new: words(now) }];
  }
  const about = { kind: "statement", policy: place.policy, holder } as const;
  return [
    ...partsBeyond(now.json, old.json).map((part) => ({
      ...about,
      change: "gains" as const,
      ...part,
    })),
    ...partsBeyond(old.json, now.json).map((part) => ({
      ...about,
      change: "loses" as const,
      ...part,
    })),
  ].map((part) => ({
    ...part,
    actions: [...part.actions],
    resources: [...part.resources],
    principals: [...part.principals],
    conditions: [...part.conditions],
  }));
}

function tokensOf(
  places: readonly PolicyPair[],
  resources: readonly KnownResource[],
): readonly ReportedAccess[] {
  const roles = places
    .filter(({ place }) => place === TRUST)
    .map(({ holder, old, now }) => ({ holder, old: policyOf(old), now: policyOf(now) }));
  const trusts = roles.flatMap(({ old, now }) =>
    [old, now].flatMap((policy) => (policy instanceof Object ? trustsOf(policy) : [])),
  );
  const setting = {
    environments: environmentsOf(resources),
    grants: trusts.flatMap(({ grants }) => grants),
  };
  return roles.flatMap(({ holder, old, now }): readonly ReportedAccess[] => {
    if (old === "unreadable" || now === "unreadable") {
      if (old === now) return [];
      const words = (policy: typeof old) =>
        policy === "unreadable" ? "cannot be judged" : "judged";
      const about = {
        kind: "setting",
        of: "role",
        holder,
        setting: "truth table of the trust",
      } as const;
      return [{ ...about, old: words(old), new: words(now) }];
    }
    if (JSON.stringify(old) === JSON.stringify(now)) return [];
    return tokenChanges(old, now, setting, trusts).map(({ change, token, claims }) => ({
      kind: "token",
      change,
      role: holder,
      token,
      claims: { ...claims },
    }));
  });
}

function policyOf(document: Document): IamPolicy | "unreadable" | undefined {
  if (document === null) return "unreadable";
  if (document.json === undefined) return undefined;
  const read = readIamPolicy(document.json);
  return "policy" in read ? read.policy : "unreadable";
}

function environmentsOf(resources: readonly KnownResource[]): readonly string[] {
  const names = resources
    .filter(({ type }) => type === "slipway:index:GithubEnvironment")
    .flatMap((one) => textOf(one, "environment") ?? []);
  return [...new Set(names)];
}
