import { matchesWildcards } from "../../rules/iam-pattern.ts";
import type { PolicyDocument, PolicyStatement } from "../../rules/policy-document.ts";
import { AWS_ACTIONS } from "../rules/support/roles-example.ts";
import { serviceOf } from "./questions.ts";

/** A document with one thing changed that makes it allow more, or protect less. */
export interface Mutant {
  /** Statement and change: `Push: Resource arn:... -> *`. */
  readonly what: string;
  readonly document: unknown;
  /** The statement that was changed, as it was and, unless it was removed, as it is. */
  readonly touched: readonly PolicyStatement[];
}

/** A statement of any policy, everything in lists. */
interface Statement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: Readonly<Record<string, readonly string[]>>;
  readonly Action: readonly string[];
  readonly Resource?: readonly string[];
  readonly Condition: readonly Condition[];
}

interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** A change of one statement and what it is called. */
type Change = readonly [what: string, statement: Statement];

/** Principals that a trust or a resource policy could come to name. */
const STRANGERS: readonly Readonly<Record<string, string>>[] = [
  { AWS: "*" },
  { AWS: "arn:aws:iam::111122223333:root" },
  { Federated: "accounts.google.com" },
  { Federated: "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" },
  { Service: "ec2.amazonaws.com" },
];

/** Dangerous actions, of each service that statements are about. */
const FOREIGN_ACTIONS = [
  "ecr:DeleteRepository",
  "ecr:BatchDeleteImage",
  "iam:PassRole",
  "iam:AttachRolePolicy",
  "iam:CreatePolicyVersion",
  "iam:CreateUser",
  "kms:Encrypt",
  "kms:PutKeyPolicy",
  "s3:PutBucketPolicy",
  "s3:DeleteObject",
  "sts:AssumeRole",
  "sts:TagSession",
];

/**
 * Every way to change one thing in a document so that it allows more or keeps less: a condition, an operator, a value, a
 * principal, an action, a resource, a statement. What changes nothing by its form is not made: a wildcard behind a wildcard,
 * an action that a statement has already.
 */
export function mutants(document: PolicyDocument): readonly Mutant[] {
  const { Statement: statements } = document;
  return statements.flatMap((original, index) => {
    const statement = read(original);
    const name = original.Sid ?? `Statement[${index}]`;
    const others = statements.filter((_, at) => at !== index);
    return [
      ...(others.some((other) => hasAll(read(other), statement))
        ? []
        : [
            {
              what: `${name}: removed`,
              document: { ...document, Statement: others },
              touched: [original],
            },
          ]),
      ...changes(statement, others.map(read)).map(([what, changed]) => ({
        what: `${name}: ${what}`,
        document: { ...document, Statement: statements.with(index, written(changed)) },
        touched: [original, written(changed)],
      })),
    ];
  });
}

/** Whether a statement says all that another does, so that the document is the same without that one. */
function hasAll(one: Statement, other: Statement): boolean {
  return (
    one.Effect === other.Effect &&
    JSON.stringify([one.Principal, one.Condition]) ===
      JSON.stringify([other.Principal, other.Condition]) &&
    other.Action.every((action) => one.Action.includes(action)) &&
    other.Resource?.every((resource) => one.Resource?.includes(resource)) === true
  );
}

function changes(statement: Statement, others: readonly Statement[]): readonly Change[] {
  return [
    ...conditionChanges(statement),
    // A Deny that denies more keeps more: it may break a job, and lets nobody in.
    ...(statement.Effect === "Allow" ? wider(statement, others) : narrower(statement)),
    ["Effect turned", { ...statement, Effect: statement.Effect === "Allow" ? "Deny" : "Allow" }],
  ];
}

function wider(statement: Statement, others: readonly Statement[]): readonly Change[] {
  return [
    ...principalChanges(statement),
    ...statement.Action.flatMap((action) =>
      widerActions(action, statement.Action).map((wide) =>
        replaced(statement, "Action", action, wide),
      ),
    ),
    ...FOREIGN_ACTIONS.filter((action) => isNew(action, statement, others)).map(
      (action): Change => [
        `Action ${action} added`,
        { ...statement, Action: [...statement.Action, action] },
      ],
    ),
    ...(statement.Resource ?? []).flatMap((resource) =>
      widerResources(resource).map((wide) => replaced(statement, "Resource", resource, wide)),
    ),
  ];
}

/** A list of actions or resources without each of its members. */
function narrower(statement: Statement): readonly Change[] {
  return (["Action", "Resource"] as const).flatMap((key) => {
    const list = statement[key] ?? [];
    if (list.length < 2) return [];
    return list.map((one): Change => [
      `${key} ${one} removed`,
      { ...statement, [key]: list.filter((other) => other !== one) },
    ]);
  });
}

function replaced(
  statement: Statement,
  key: "Action" | "Resource",
  from: string,
  to: string,
): Change {
  const list = (statement[key] ?? []).map((one) => (one === from ? to : one));
  return [`${key} ${from} -> ${to}`, { ...statement, [key]: list }];
}

/**
 * Whether a document allows more with an action in one of its statements: one that there is on the statement's resources and
 * under its conditions (none of ECR's can be done to a bucket), and that no other statement forbids, or allows on all of them
 * under no further condition.
 */
function isNew(
  action: string,
  { Action, Resource, Condition }: Statement,
  others: readonly Statement[],
): boolean {
  const service = serviceOf(action);
  // The policy of a role or a repository names no resource: it is about that one, and speaks of one service alone.
  const acts =
    Resource === undefined
      ? Action.every((own) => serviceOf(own) === service)
      : Resource.some((resource) => resource === "*" || isOn(service, resource)) &&
        Condition.every(({ key }) => key.startsWith("aws:") || serviceOf(key) === service);
  const isForbidden = others.some(
    (other) =>
      other.Effect === "Deny" &&
      other.Condition.length === 0 &&
      other.Action.some((pattern) => matchesWildcards(pattern, action)) &&
      Resource?.every((resource) => other.Resource?.includes(resource)) === true,
  );
  const own = new Set(Condition.map((one) => JSON.stringify(one)));
  const isAllowed = others.some(
    (other) =>
      other.Effect === "Allow" &&
      other.Action.includes(action) &&
      other.Condition.every((one) => own.has(JSON.stringify(one))) &&
      Resource?.every((resource) => other.Resource?.includes(resource)) === true,
  );
  return acts && !isForbidden && !isAllowed && !Action.includes(action);
}

function isOn(service: string | undefined, resource: string): boolean {
  // What STS assumes are IAM's roles.
  return serviceOf(resource) === service || (service === "sts" && serviceOf(resource) === "iam");
}

/** `ecr:PutImage` as all of its service, of its verb, and of everything; where AWS has more such actions than the statement. */
function widerActions(action: string, has: readonly string[]): readonly string[] {
  const [service = "", name = ""] = action.split(":");
  const verb = /^[A-Z][a-z]+/.exec(name)?.[0] ?? "";
  const begin = `${service}:${verb}`;
  const more = [...AWS_ACTIONS.keys()].some((one) => one.startsWith(begin) && !has.includes(one));
  return ["*", `${service}:*`, ...(more ? [`${begin}*`] : [])];
}

/** An ARN with each of its parts open, and its neighbours; nothing where it is open already. */
function widerResources(resource: string): readonly string[] {
  const parts = resource.split(":");
  const opened = parts.flatMap((part, at) =>
    // The word arn, the service, beyond which no action of it reaches, and what is open.
    at === 0 || at === 2 || ["", "*"].includes(part) ? [] : parts.with(at, "*").join(":"),
  );
  const folders = Array.from(
    resource.matchAll(/\//g),
    ({ index }) => `${resource.slice(0, index + 1)}*`,
  );
  const neighbours = resource.endsWith("*")
    ? // The mark before the wildcard is what keeps neighbours out.
      [resource.replace(/[/.-]\*$/, "*"), resource.replace(/[^/:*]+[/.-]?\*$/, "*")]
    : [`${resource}*`, resource.replace(/.$/s, "*")];
  return [...new Set(["*", ...opened, ...folders, ...neighbours])].filter(
    (wide) => wide !== resource,
  );
}

function principalChanges(statement: Statement): readonly Change[] {
  const { Principal } = statement;
  if (Principal === undefined) return [];
  return STRANGERS.flatMap((stranger): Change[] =>
    Object.entries(stranger).flatMap(([kind, value]): Change[] => [
      [`Principal ${kind} ${value} instead`, { ...statement, Principal: { [kind]: [value] } }],
      [
        `Principal ${kind} ${value} added`,
        { ...statement, Principal: { ...Principal, [kind]: [...(Principal[kind] ?? []), value] } },
      ],
    ]),
  );
}

function conditionChanges(statement: Statement): readonly Change[] {
  return statement.Condition.flatMap((condition, index): readonly Change[] => {
    const { operator, key, values } = condition;
    const without = statement.Condition.filter((_, at) => at !== index);
    const instead = (change: Partial<Condition>): Change => {
      const changed = { ...condition, ...change };
      return [
        `${operator} ${key} ${values.join(", ")} -> ${changed.operator} ${changed.values.join(", ")}`,
        { ...statement, Condition: statement.Condition.with(index, changed) },
      ];
    };
    const fewer = values.length < 2 ? [] : values.map((one) => values.filter((v) => v !== one));
    return [
      [`${operator} ${key} removed`, { ...statement, Condition: without }],
      ...looserOperators(condition).map((one) => instead({ operator: one })),
      instead({ operator: "Null", values: ["false"] }),
      ...looserValues(condition).map(([one, list]) => instead({ operator: one, values: list })),
      ...fewer.map((list) => instead({ values: list })),
    ];
  });
}

/** Operators under which the same values hold for more. */
function looserOperators({ operator, values }: Condition): readonly string[] {
  const turned = operator.includes("Not")
    ? operator.replace("Not", "")
    : operator.replace("String", "StringNot");
  // Letters of digits alone have no case, and a pattern has no operator that ignores it.
  const hasCase = operator === "StringEquals" && values.some((value) => /[a-z]/i.test(value));
  return [
    turned,
    // A key of one value is missing to both alike where a negated operator holds without it.
    ...(operator.includes("Not") ? [] : [`${operator}IfExists`, `ForAllValues:${operator}`]),
    ...(hasCase ? ["StringEqualsIgnoreCase"] : []),
  ];
}

/** Values that let more hold of an operator that names what may enter, and less of one that names what may not. */
function looserValues({
  operator,
  values,
}: Condition): readonly (readonly [operator: string, values: readonly string[]])[] {
  const like = operator.replace("Equals", "Like");
  return values.flatMap((value) => {
    const widened = [
      "*",
      ...(value.endsWith("*") ? [value.replace(/.\*$/s, "*")] : [`${value}*`]),
      `*${value}`,
      ...subjects(value),
    ];
    return [...new Set(widened)]
      .filter((wide) => wide !== value)
      .map((wide) => [like, values.map((one) => (one === value ? wide : one))] as const);
  });
}

/** Wildcards in each part of a subject of GitHub's. */
function subjects(value: string): readonly string[] {
  if (!value.startsWith("repo:")) return [];
  return [
    value.replace(/:(?:ref|environment):.*$/, ":*"),
    value.replace(/^repo:[^/]+/, "repo:*"),
    value.replace(/\/[^:]+:/, "/*:"),
    value.replace(/:(?=ref|environment)/, "*:"),
    value.replace(/[^:/]+$/, "*"),
  ];
}

function read(statement: PolicyStatement): Statement {
  const { Principal, Action, Resource, Condition = {}, ...rest } = statement;
  return {
    ...rest,
    ...(Principal !== undefined && {
      Principal: Object.fromEntries(
        Object.entries(Principal).map(([kind, value]) => [kind, [value].flat()]),
      ),
    }),
    Action: [Action].flat(),
    ...(Resource !== undefined && { Resource: [Resource].flat() }),
    Condition: Object.entries(Condition).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, value]) => ({ operator, key, values: [value].flat() })),
    ),
  };
}

/** As a document has it; operators and principals that Slipway never writes included. */
function written({ Condition, ...statement }: Statement): PolicyStatement {
  const conditions: Record<string, Record<string, readonly string[]>> = {};
  for (const { operator, key, values } of Condition) (conditions[operator] ??= {})[key] = values;
  const made = { ...statement, ...(Condition.length > 0 && { Condition: conditions }) };
  // Some mutants are no statement that Slipway could write, which is why they are made.
  return made as unknown as PolicyStatement;
}
