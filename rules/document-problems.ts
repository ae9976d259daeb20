import { z } from "zod";
import { printable } from "./printable.ts";
import type { Problem } from "./problems.ts";
import { suggestion } from "./suggestion.ts";

/** Whether the value at a path may be told; one that may be a secret is told of in words alone. */
export type Shown = (path: readonly PropertyKey[]) => boolean;

/** A map of these keys alone. Of another key its fault says which there are, in the message of {@link documentProblems}. */
export function mapOf<Shape extends z.core.$ZodLooseShape>(shape: Shape, what: string) {
  return z.strictObject(shape, {
    error: ({ code }) => (code === "unrecognized_keys" ? Object.keys(shape).join(", ") : what),
  });
}

/**
 * The faults of a document by a schema whose every message is what the value must be, in a few words: before it comes
 * what was found. `rules[0].countNumber: 0 is not a whole number from 1`. Its maps are made by {@link mapOf}.
 * @param place of the document in its file: `rules[0]`
 */
export function documentProblems(
  { issues }: z.ZodError,
  document: unknown,
  place = "",
  shown: Shown = () => true,
): readonly Problem[] {
  return issues.flatMap((issue) => {
    const path = place + issue.path.map(step).join("");
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        path: tidy(path + step(key)),
        message: `unknown key${suggestion(key, issue.message.split(", "))}; the keys here are ${issue.message}`,
      }));
    }
    const found = valueAt(document, issue.path);
    const message =
      found === undefined
        ? `missing; must be ${issue.message}`
        : `${shown(issue.path) ? JSON.stringify(found).slice(0, 80) : kindOf(found)} is not ${issue.message}`;
    return [{ path: tidy(path), message }];
  });
}

/** Faults that are told of one document that anybody may have written. */
const MOST_TOLD = 40;
const LONGEST_TOLD = 400;

/** The faults of a document that anybody may have written, in texts that can be printed, and not at any length. */
export function toldProblems(problems: readonly Problem[]): readonly Problem[] {
  const shown = problems.slice(0, MOST_TOLD).map(({ path, message }) => ({
    path: printable(path, LONGEST_TOLD),
    message: printable(message, LONGEST_TOLD),
  }));
  const more = problems.length - shown.length;
  return more === 0 ? shown : [...shown, { path: "(more)", message: `${more} further problems` }];
}

/** What a value is, and nothing of it. */
export function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  switch (typeof value) {
    case "string":
      return "a text";
    case "object":
      return value === null ? "nothing" : "a map";
    default:
      return `a ${typeof value}`;
  }
}

function step(key: PropertyKey): string {
  return typeof key === "number" ? `[${key}]` : `.${String(key)}`;
}

function tidy(path: string): string {
  return path === "" ? "(document)" : path.replace(/^\./, "");
}

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key],
    document,
  );
}
