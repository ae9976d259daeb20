import { z } from "zod";
import { documentProblems, mapOf, toldProblems } from "./document-problems.ts";
import { COMMIT } from "./image-list.ts";
import { isPrintable } from "./printable.ts";
import type { Problem } from "./problems.ts";
import { isList, isMap, type JsonValue } from "./snapshot-value.ts";

/** The form of snapshots that this program writes and reads; rises with every change of it. */
export const SNAPSHOT_VERSION = 1;

/** Largest snapshot that is written or read, in bytes. */
export const MAX_SNAPSHOT_BYTES = 4 * 1024 * 1024;

/** Levels of lists and maps in a snapshot: a policy's conditions lie at the tenth. */
const MOST_LEVELS = 32;

/** One resource as it was last applied. */
export interface SnapshotResource {
  /** `aws:iam/role:Role` */
  readonly type: string;
  /** As the program calls it. */
  readonly name: string;
  /** What the list of rules/snapshot-properties.ts lets through; JSON texts are parsed. */
  readonly properties: Readonly<Record<string, JsonValue>>;
  /** Names of listed properties that were held back: secret, or not of their form. */
  readonly withheld: readonly string[];
}

/** What a stack looked like when it was last applied, as far as anybody may read it. */
export interface Snapshot {
  readonly version: typeof SNAPSHOT_VERSION;
  /** `owner/name` */
  readonly repository: string;
  readonly stack: string;
  readonly channel: string;
  /** The whole commit that was applied. */
  readonly commit: string;
  /** Properties that the writing program looked at, by type. */
  readonly listed: Readonly<Record<string, readonly string[]>>;
  /** By type and name. */
  readonly resources: readonly SnapshotResource[];
}

const A_COMMIT = "a commit's 40 hex digits";
const text = (most: number, rule: string, form = /^/) =>
  z.string(rule).max(most, rule).regex(form, rule).refine(isPrintable, rule);
const typeName = text(
  200,
  "a resource type, e.g. aws:iam/role:Role",
  /^[A-Za-z0-9-]+:[A-Za-z0-9/-]+:[A-Za-z0-9]+$/,
);
const propertyName = text(
  100,
  "a property's name: letters and digits, e.g. policy",
  /^[A-Za-z][A-Za-z0-9]*$/,
);
const PROPERTY_NAMES = "a list of at most 100 properties' names";
const propertyNames = z.array(propertyName, PROPERTY_NAMES).max(100, PROPERTY_NAMES);
/** A map with keys of a form. */
const mapBy = <Value extends z.ZodType>(
  key: typeof typeName,
  value: Value,
  { rule, keys }: { readonly rule: string; readonly keys: string },
) =>
  z.record(key, value, {
    error: ({ code }) => (code === "invalid_key" ? `under ${keys}` : rule),
  });

const Resource = mapOf(
  {
    type: typeName,
    name: text(300, "a printable text of 1 to 300 characters on one line", /^[^]/),
    properties: mapBy(
      propertyName,
      z.json().refine(printsInOneLine, "JSON whose texts print in one line each"),
      { rule: "a map of properties", keys: "a property's name: letters and digits, e.g. policy" },
    ),
    withheld: propertyNames,
  },
  "a map of type, name, properties and withheld",
);
const RESOURCES = "a list of at most 5000 resources";
const Form = mapOf(
  {
    version: z.literal(
      SNAPSHOT_VERSION,
      `${SNAPSHOT_VERSION}, the version that this Slipway reads`,
    ),
    repository: text(200, "owner/name", /^[\w.-]+\/[\w.-]+$/),
    stack: text(100, "a stack's name", /^[\w.-]+$/),
    channel: text(255, "a channel, e.g. main", /^[^]/),
    commit: z.string(A_COMMIT).regex(COMMIT, A_COMMIT),
    listed: mapBy(typeName, propertyNames, {
      rule: "a map of properties' names by resource type",
      keys: "a resource type, e.g. aws:iam/role:Role",
    }),
    resources: z.array(Resource, RESOURCES).max(5000, RESOURCES),
  },
  "a map of version, repository, stack, channel, commit, listed and resources",
);

/** Reads a snapshot, which may be anything, or says what is wrong with it. */
export function readSnapshot(
  json: string,
): { readonly snapshot: Snapshot } | { readonly problems: readonly Problem[] } {
  let raw: unknown;
  try {
    raw = JSON.parse(json);
  } catch {
    return {
      problems: [{ path: "(file)", message: "is no JSON; slipway snapshot fetch gets one" }],
    };
  }
  if (isDeeper(raw, MOST_LEVELS)) {
    return { problems: [{ path: "(file)", message: `nests more than ${MOST_LEVELS} levels` }] };
  }
  const version = versionOf(raw);
  if (version !== undefined && version !== SNAPSHOT_VERSION) {
    // Of another version nothing else can be said.
    const message = `${version}, and this Slipway reads ${SNAPSHOT_VERSION}; fetch the snapshot anew (slipway snapshot fetch), or use the Slipway of the version that wrote it`;
    return { problems: [{ path: "version", message }] };
  }
  const parsed = Form.safeParse(raw);
  const problems = parsed.success
    ? unlistedParts(parsed.data)
    : documentProblems(parsed.error, raw);
  return parsed.success && problems.length === 0
    ? { snapshot: parsed.data }
    : { problems: toldProblems(problems) };
}

function versionOf(raw: unknown): number | undefined {
  const version: unknown = (raw as { readonly version?: unknown } | null)?.version;
  return typeof version === "number" ? version : undefined;
}

/** The text of a snapshot, the same for equal ones. */
export function snapshotText(snapshot: Snapshot): string {
  return `${JSON.stringify(Form.parse(snapshot), undefined, 2)}\n`;
}

/** What a snapshot tells of and does not list: its changes would be shown to nobody. */
function unlistedParts({ listed, resources }: Snapshot): readonly Problem[] {
  return resources.flatMap(({ type, properties, withheld }, index) => {
    const path = `resources[${index}]`;
    const known = Object.hasOwn(listed, type) ? listed[type] : undefined;
    if (known === undefined) return [{ path, message: `is of type ${type}, which is not listed` }];
    const names = [...Object.keys(properties), ...withheld];
    return names
      .filter((name) => !known.includes(name))
      .map((name) => ({ path, message: `has ${name}, which is not listed for ${type}` }));
  });
}

function printsInOneLine(value: JsonValue): boolean {
  if (typeof value === "string") return isPrintable(value);
  if (isList(value)) return value.every(printsInOneLine);
  if (!isMap(value)) return true;
  return Object.entries(value).every(([key, one]) => isPrintable(key) && printsInOneLine(one));
}

/** Asked before anything that follows a value to its ground. */
function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((one) => isDeeper(one, levels - 1));
}
