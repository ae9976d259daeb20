import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { isRecord } from "../../../provider/property-values.ts";

/** A policy as JSON text; the typed form that the SDK also takes is turned into text. */
export const PolicyDocument = z
  .union([z.string(), z.record(z.string(), z.unknown())], { error: "write JSON text or an object" })
  .transform((policy) => (typeof policy === "string" ? policy : JSON.stringify(policy)))
  .refine(isJsonObject, { error: "is not the JSON text of an object" });

function isJsonObject(text: string): boolean {
  try {
    return isRecord(JSON.parse(text));
  } catch {
    return false;
  }
}

/**
 * Whether two policies say the same: order of keys, statements, rules and list items does not matter, nor whether a
 * single item is in a list. No list in an IAM, repository or lifecycle policy has a meaning in its order.
 * @see https://github.com/hashicorp/awspolicyequivalence
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
 */
export function isSamePolicy(a: string, b: string): boolean {
  return a === b || isDeepStrictEqual(normalized(JSON.parse(a)), normalized(JSON.parse(b)));
}

/** Keeps the known text of a policy where the service's says the same, so that it makes no difference. */
export function keepText(known: string | undefined, found: string): string {
  return known !== undefined && isSamePolicy(known, found) ? known : found;
}

/** Lists sorted by their text, single items unwrapped, absent and empty the same. */
function normalized(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(normalized).sort(byText);
    return items.length === 1 ? items[0] : items;
  }
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, normalized(value[key])] as const)
      .filter(([, item]) => !(Array.isArray(item) && item.length === 0)),
  );
}

function byText(a: unknown, b: unknown): number {
  const [x, y] = [JSON.stringify(a), JSON.stringify(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}
