// Every request that permissions are asked about, with the answer that each must get.
import type {
  PermissionDecision,
  PermissionRequest,
} from "../../rules/iam-permission-evaluation.ts";
import type { RolesArgs } from "../../rules/roles.ts";
import { AWS_ACTIONS } from "../rules/support/roles-example.ts";
import { type Ban, bansOf, boundaryRights, type Only, type Right, rightsOf } from "./rights.ts";

export const SERVICES = ["ecr", "iam", "kms", "s3", "sts"] as const;
type Service = (typeof SERVICES)[number];

/** What can be asked of a stack: resources and contexts of each service, own ones and what is near them. */
export interface Questions {
  readonly resources: Readonly<Record<Service, readonly string[]>>;
  /** The plain request, and those that fulfil a condition of the service. */
  readonly plain: Readonly<Record<Service, readonly Context[]>>;
  /** What is near a condition of an action. */
  readonly near: ReadonlyMap<string, readonly Context[]>;
}

type Context = Readonly<Record<string, string | readonly string[]>>;

/** The service of an action or an ARN. */
export function serviceOf(text: string): Service | undefined {
  const parts = text.split(":");
  return SERVICES.find((service) => service === (parts[0] === "arn" ? parts[2] : parts[0]));
}

/** The questions that tell a stack's documents from any that are a little wider. */
export function questionsOf(args: RolesArgs): Questions {
  const rights = [
    ...Object.values(rightsOf(args)).flat(),
    ...Object.values(boundaryRights(args)).flat(),
  ];
  const named = [
    ...rights.flatMap(({ resources }) => resources),
    ...bansOf(args).flatMap(({ resources }) => resources),
  ].filter((resource) => resource !== "*");
  const { accountId } = args.account;
  const own = [
    ...named.flatMap(samples),
    `arn:aws:iam::${accountId}:policy/slipway/slipway-deploy-boundary`,
    `arn:aws:iam::${accountId}:user/somebody`,
    `arn:aws:iam::${accountId}:oidc-provider/example.org`,
    "arn:aws:s3:::other",
    "arn:aws:s3:::other/file",
  ];
  const all = [...new Set([...own, ...own.flatMap(neighbours)])];
  const resources = SERVICES.map((service) => [
    service,
    // What STS assumes are IAM's roles.
    ["*", ...all.filter((arn) => serviceOf(arn) === (service === "sts" ? "iam" : service))],
  ]);
  const plain = SERVICES.map((service) => [service, plainContexts(service, rights)]);
  return {
    resources: Object.fromEntries(resources) as Questions["resources"],
    plain: Object.fromEntries(plain) as Questions["plain"],
    near: new Map(
      [...AWS_ACTIONS.keys()].map((action) => [
        action,
        nearContexts(rights.filter(({ actions }) => actions.includes(action))),
      ]),
    ),
  };
}

/**
 * Every action of AWS's list, on every resource of its service, in every context that an answer can depend on.
 * @param has which of them to ask; the others are known to get no answer from either side
 */
export function* requests(
  { resources, plain, near }: Questions,
  has: (action: string, resource: string) => boolean,
  hasAction: (action: string) => boolean,
): Generator<PermissionRequest> {
  for (const action of AWS_ACTIONS.keys()) {
    const service = serviceOf(action);
    if (service === undefined || !hasAction(action)) continue;
    const asked = [...plain[service], ...(near.get(action) ?? [])];
    for (const resource of resources[service]) {
      if (!has(action, resource)) continue;
      for (const context of asked) yield { action, resource, context };
    }
  }
}

/** Texts that a pattern of a right stands for. */
function samples(pattern: string): readonly string[] {
  return ["a/b", "x"].map((text) => pattern.replaceAll("*", text));
}

/** ARNs that a little less of a pattern would let in. */
function neighbours(arn: string): readonly string[] {
  const [, partition = "", service = "", region = "", account = "", ...rest] = arn.split(":");
  const name = rest.join(":");
  const made = (parts: readonly string[], of: string) => ["arn", ...parts, of].join(":");
  const here = [partition, service, region, account];
  const folders = name.split("/");
  return [
    `${arn}-evil`,
    `${arn}/x`,
    made(here, folders.slice(0, -1).join("/")),
    ...folders.map((folder, at) => made(here, folders.with(at, `${folder}-evil`).join("/"))),
    ...folders.map((_, at) => made(here, folders.with(at, "other").join("/"))),
    made(["aws-cn", service, region, account], name),
    ...(region === "" ? [] : [made([partition, service, "eu-west-1", account], name)]),
    ...(account === "" ? [] : [made([partition, service, region, "111122223333"], name)]),
  ];
}

/** No condition key, and what rights of a service ask for. */
function plainContexts(service: Service, rights: readonly Right[]): readonly Context[] {
  const asked = rights.filter(({ actions }) =>
    actions.some((action) => serviceOf(action) === service),
  );
  return distinct([{}, ...asked.flatMap(({ only = [] }) => fulfilling(only))]);
}

/** What rights ask for but for one key, which is missing or near to what it must be. */
function nearContexts(rights: readonly Right[]): readonly Context[] {
  return distinct(
    rights.flatMap(({ only = [] }) =>
      only.flatMap((one) => {
        const others = fulfilling(only.filter(({ key }) => key !== one.key));
        return others.flatMap((context) => [
          context,
          ...nearTo(one).map((value) => ({ ...context, [one.key]: value })),
        ]);
      }),
    ),
  );
}

/** Contexts that have everything that is asked for, with each value that a key may have. */
function fulfilling(only: readonly Only[]): readonly Context[] {
  return only.reduce<readonly Context[]>(
    (contexts, { key, values, without }) =>
      contexts.flatMap((context) =>
        (without ? [["other"]] : values.flatMap(samples)).map((value) => ({
          ...context,
          [key]: value,
        })),
      ),
    [{}],
  );
}

/** What a key may not have, or may have, but for a little. */
function nearTo({ values, without }: Only): readonly (string | readonly string[])[] {
  const near = values.flatMap(samples).flatMap((value) => [
    ...[`${value}-evil`, `evil-${value}`, value.toUpperCase(), ""],
    // Without what follows the last mark.
    ...["", "x"].map((end) => value.replace(/[/-][^/-]*$/, end)),
  ]);
  if (!without) return near;
  return [...values, ...near].flatMap((value) => [[value], ["other", value]]);
}

function distinct(contexts: readonly Context[]): readonly Context[] {
  return [...new Map(contexts.map((one) => [JSON.stringify(one), one])).values()];
}

/** What a document must say. */
export interface Expected {
  readonly answer: (request: PermissionRequest) => PermissionDecision;
  /** Whether an action can get another answer than `refused`. */
  readonly mentions: (action: string) => boolean;
}

/** Of a document that allows some rights and forbids some requests. */
export function expected(rights: readonly Right[], bans: readonly Ban[] = []): Expected {
  return {
    answer: (request) => {
      if (bans.some((ban) => isBanned(ban, request))) return "denied";
      return rights.some((right) => isRight(right, request)) ? "allowed" : "refused";
    },
    mentions: (action) =>
      rights.some(({ actions }) => actions.includes(action)) ||
      bans.some(({ actions }) => actions.test(action)),
  };
}

function isRight({ actions, resources, only }: Right, request: PermissionRequest): boolean {
  const { action, resource, context = {} } = request;
  if (!actions.includes(action) || !isOneOf(resources, resource)) return false;
  return (only ?? []).every(({ key, values, without }) =>
    without
      ? ![context[key] ?? []].flat().some((value) => values.includes(value))
      : isOneOf(values, context[key]),
  );
}

function isBanned({ actions, resources, unless }: Ban, request: PermissionRequest): boolean {
  const { action, resource, context = {} } = request;
  if (!actions.test(action) || !isOneOf(resources, resource)) return false;
  return unless === undefined || context[unless.key] !== unless.value;
}

/** Whether a text is one of some patterns; the asterisk that asks for everything is only itself. */
function isOneOf(patterns: readonly string[], text: string | readonly string[] | undefined) {
  if (typeof text !== "string") return false;
  if (text === "*") return patterns.includes("*");
  return patterns.some((pattern) => {
    const [first = "", ...more] = pattern.split("*");
    if (more.length === 0) return pattern === text;
    if (!text.startsWith(first)) return false;
    let at = first.length;
    for (const part of more.slice(0, -1)) {
      const found = text.indexOf(part, at);
      if (found === -1) return false;
      at = found + part.length;
    }
    return text.slice(at).endsWith(more.at(-1) ?? "");
  });
}
