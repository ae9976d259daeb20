import { z } from "zod";
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

const text = (most: number) =>
  z.string().max(most).refine(isPrintable, "not printable in one line");
const typeName = text(200).regex(/^[A-Za-z0-9-]+:[A-Za-z0-9/-]+:[A-Za-z0-9]+$/, "not a type");
const propertyName = text(100).regex(/^[A-Za-z][A-Za-z0-9]*$/, "not a property");
const propertyNames = z.array(propertyName).max(100);

const Resource = z.strictObject({
  type: typeName,
  name: text(300).min(1),
  properties: z.record(
    propertyName,
    z.json().refine(printsInOneLine, "holds what does not print in one line"),
  ),
  withheld: propertyNames,
});
const Form = z.strictObject({
  version: z.literal(SNAPSHOT_VERSION),
  repository: text(200).regex(/^[\w.-]+\/[\w.-]+$/, "not owner/name"),
  stack: text(100).regex(/^[\w.-]+$/, "not a stack's name"),
  channel: text(255).min(1),
  commit: z.string().regex(COMMIT, "not a whole commit"),
  listed: z.record(typeName, propertyNames),
  resources: z.array(Resource).max(5000),
});

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
  const parsed = Form.safeParse(raw);
  if (parsed.success) {
    const problems = unlistedParts(parsed.data);
    return problems.length > 0 ? { problems } : { snapshot: parsed.data };
  }
  const problems = parsed.error.issues.map(({ path, message }) => ({
    path: path.map(String).join(".") || "(file)",
    message,
  }));
  return { problems };
}

/** The text of a snapshot, the same for equal ones. */
export function snapshotText(snapshot: Snapshot): string {
  return `${JSON.stringify(Form.parse(snapshot), undefined, 2)}\n`;
}

/** What a snapshot tells of and does not list: its changes would be shown to nobody. */
function unlistedParts({ listed, resources }: Snapshot): readonly Problem[] {
  return resources.flatMap(({ type, properties, withheld }, index) => {
    const path = `resources.${index}`;
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
