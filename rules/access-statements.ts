import { isMap } from "./known-resource.ts";
import type { JsonValue } from "./snapshot-value.ts";

/** What a policy allows or denies that another one does not: every action on every resource, for every principal. */
export interface StatementPart {
  readonly effect: "Allow" | "Deny";
  /** `ecr:PutImage`, or `all but ecr:PutImage`. */
  readonly actions: readonly string[];
  /** None where the policy is on its resource. */
  readonly resources: readonly string[];
  /** `AWS arn:aws:iam::123456789012:root`; none in a policy of permissions. */
  readonly principals: readonly string[];
  /** All must hold: `StringEquals aws:ResourceTag/repository pytorch/pytorch`. */
  readonly conditions: readonly string[];
}

/** One action on one resource for one principal; empty where a statement does not speak of one. */
interface Atom {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
}

const NOBODY = "";
const SEPARATOR = "\u{0}";

/**
 * What a policy has that another one has not, statement by statement, by the words of both: a pattern that covers another one
 * counts as another.
 * @param document of a policy as JSON; absent for none
 */
export function partsBeyond(
  document: JsonValue | undefined,
  other: JsonValue | undefined,
): readonly StatementPart[] {
  const known = new Set(
    statements(other).flatMap((part) => atomsOf(part).map((atom) => keyOf(part, atom))),
  );
  return statements(document).flatMap((part) => {
    const more = atomsOf(part).filter((atom) => !known.has(keyOf(part, atom)));
    return folded(more).map((atoms) => ({ ...part, ...atoms }));
  });
}

function statements(document: JsonValue | undefined): readonly StatementPart[] {
  if (!isMap(document)) return [];
  return listOf(document["Statement"]).map(statementOf);
}

function statementOf(value: JsonValue): StatementPart {
  if (!isMap(value)) {
    return { ...EMPTY, conditions: [`is ${JSON.stringify(value)}`] };
  }
  const { Effect, Condition, ...rest } = value;
  const { Action, NotAction, Resource, NotResource, Principal, NotPrincipal, ...others } = rest;
  return {
    effect: Effect === "Deny" ? "Deny" : "Allow",
    actions: [...words(Action), ...allBut(words(NotAction))],
    resources: [...words(Resource), ...allBut(words(NotResource))],
    principals: [...principals(Principal), ...allBut(principals(NotPrincipal))],
    conditions: [
      ...conditions(Condition),
      // An element that nobody knows may mean anything.
      ...Object.entries(others)
        .filter(([name]) => name !== "Sid")
        .map(([name, element]) => `${name} ${JSON.stringify(element)}`),
    ].sort(),
  };
}

const EMPTY: StatementPart = {
  effect: "Allow",
  actions: [],
  resources: [],
  principals: [],
  conditions: [],
};

function conditions(value: JsonValue | undefined): readonly string[] {
  if (!isMap(value)) return value === undefined ? [] : [JSON.stringify(value)];
  return Object.entries(value).flatMap(([operator, keys]) =>
    isMap(keys)
      ? Object.entries(keys).map(
          ([key, wanted]) => `${operator} ${key} ${[...words(wanted)].sort().join(" or ")}`,
        )
      : [`${operator} ${JSON.stringify(keys)}`],
  );
}

function principals(value: JsonValue | undefined): readonly string[] {
  if (value === undefined) return [];
  if (!isMap(value)) return words(value).map((word) => (word === "*" ? "everybody" : word));
  return Object.entries(value).flatMap(([kind, names]) =>
    words(names).map((name) => `${kind} ${name}`),
  );
}

function allBut(left: readonly string[]): readonly string[] {
  return left.length === 0 ? [] : [`all but ${[...left].sort().join(", ")}`];
}

function words(value: JsonValue | undefined): readonly string[] {
  return listOf(value).map((one) => (typeof one === "string" ? one : JSON.stringify(one)));
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [value];
}

function atomsOf({ principals, actions, resources }: StatementPart): readonly Atom[] {
  const orNone = (list: readonly string[]) => (list.length === 0 ? [NOBODY] : list);
  return orNone(principals).flatMap((principal) =>
    orNone(actions).flatMap((action) =>
      orNone(resources).map((resource) => ({ principal, action, resource })),
    ),
  );
}

/** The case of an action's letters means nothing, nor does a statement's Sid. */
function keyOf({ effect, conditions }: StatementPart, { principal, action, resource }: Atom) {
  return [effect, principal, action.toLowerCase(), resource, ...conditions].join(SEPARATOR);
}

type Folded = Pick<StatementPart, "principals" | "actions" | "resources">;

/** As few statements as tell the same: those that differ in one of the three alone are one. */
function folded(atoms: readonly Atom[]): readonly Folded[] {
  const parts = atoms.map(({ principal, action, resource }) => ({
    principals: [principal],
    actions: [action],
    resources: [resource],
  }));
  const joined = (["resources", "actions", "principals"] as const).reduce<readonly Folded[]>(
    (before, by) => joinedBy(before, by),
    parts,
  );
  const named = (list: readonly string[]) => [...new Set(list)].filter((one) => one !== NOBODY);
  return joined.map(({ principals, actions, resources }) => ({
    principals: named(principals),
    actions: named(actions),
    resources: named(resources),
  }));
}

function joinedBy(parts: readonly Folded[], by: keyof Folded): readonly Folded[] {
  const groups = new Map<string, Folded>();
  for (const part of parts) {
    const key = JSON.stringify({ ...part, [by]: undefined });
    const group = groups.get(key);
    groups.set(key, group === undefined ? part : { ...part, [by]: [...group[by], ...part[by]] });
  }
  return [...groups.values()];
}
