import { z } from "zod";
import type { Problem } from "../rules/problems.ts";
import { isRecord, UNKNOWN } from "./property-values.ts";

/** Says what was found and what to write; not for secrets. */
export function wants(what: string): { error: (issue: { readonly input?: unknown }) => string } {
  return { error: ({ input }) => `${found(input)}; write ${what}` };
}

/** All faults of inputs at once. What is not known yet is taken for right. */
export function inputProblems(schema: z.ZodType, inputs: unknown): readonly Problem[] {
  const read = schema.safeParse(inputs);
  if (read.success) return [];
  return read.error.issues
    .filter(({ path }) => !isUnknown(inputs, path))
    .map(({ path, message }) => ({ path: z.core.toDotPath(path) || "inputs", message }));
}

/** Whether something on the way to a place, or what is there, is unknown. */
function isUnknown(value: unknown, path: readonly PropertyKey[]): boolean {
  if (value === UNKNOWN) return true;
  const [first, ...rest] = path;
  if (first === undefined) return false;
  const container = isRecord(value) || Array.isArray(value) ? (value as object) : {};
  return isUnknown(Reflect.get(container, first), rest);
}

function found(value: unknown): string {
  if (value === undefined || value === null) return "missing";
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}

/** `owner/name` of a repository. */
export const Repository = z
  .string(wants("owner/name"))
  .regex(/^[^/\s]+\/[^/\s]+$/, wants("owner/name"));

/** Longest name of an environment. */
const LONGEST_NAME = 255;
export const EnvironmentName = z
  .string(wants("the name of an environment"))
  .min(1, "empty; write the name of an environment")
  .max(LONGEST_NAME, `longer than ${LONGEST_NAME} characters`);

const TOKEN = "not text; a token is text, and absent where GITHUB_TOKEN of the process counts";
export const ApiInput = z.strictObject(
  {
    baseUrl: z.url(wants("where GitHub is, https://api.github.com/")),
    token: z.string(TOKEN).min(1, TOKEN).exactOptional(),
  },
  "not an object; write { baseUrl, token }",
);
