import { z } from "zod";
import type { Problem } from "../../rules/problems.ts";
import { holdsUnknown, type Properties } from "../../provider/property-values.ts";

/** What a check of inputs gives: the inputs with their defaults, or every fault of them. */
export interface InputCheck {
  readonly inputs: Properties;
  readonly problems: readonly Problem[];
}

/**
 * Checks inputs against a strict schema and fills in its defaults. A property with an unknown value inside is passed
 * on unchecked: its value is not there yet. Values are named in a fault only where the schema lists what is allowed, so
 * a fault never shows a secret.
 */
export function checkInputs(schema: z.ZodObject, inputs: Properties, owner: string): InputCheck {
  const unknown = Object.keys(inputs).filter((key) => holdsUnknown(inputs[key]));
  const lenient = schema.extend(
    Object.fromEntries(
      unknown.filter((key) => key in schema.shape).map((key) => [key, z.unknown()]),
    ),
  );
  const result = lenient.safeParse(inputs, { error: explain });
  if (result.success) return { inputs: result.data, problems: [] };
  return { inputs, problems: result.error.issues.flatMap((issue) => problemsOf(issue, owner)) };
}

/** `exports[0].registry.names`, the way Pulumi writes property paths. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? String(part) : `${text}.${String(part)}`;
  }, "");
}

function problemsOf(issue: z.core.$ZodIssue, owner: string): Problem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: formatPath([...issue.path, key]),
      message: `${owner} does not implement this property; leave it out`,
    }));
  }
  return [{ path: formatPath(issue.path), message: issue.message }];
}

/** Own words for the faults that zod words for programmers; `undefined` leaves the schema's own message. */
function explain(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === "invalid_type") {
    if (issue.input === undefined) return `missing; write ${article(issue.expected)}`;
    const found = Array.isArray(issue.input) ? "array" : typeof issue.input;
    return `is ${article(found)}; write ${article(issue.expected)}`;
  }
  if (issue.code === "invalid_value") {
    const found = issue.input === undefined ? "missing" : JSON.stringify(issue.input);
    return `${found}; write ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}`;
  }
  return undefined;
}

function article(noun: string): string {
  return `${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`;
}
