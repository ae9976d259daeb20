import type { z } from "zod";
import type { Problem } from "./problems.ts";

/**
 * The faults of a document by a schema whose every message is what the value must be, in a few words: before it comes
 * what was found. `rules[0].countNumber: 0 is not a whole number from 1`
 * @param place of the document in its file: `rules[0]`
 */
export function documentProblems(
  { issues }: z.ZodError,
  document: unknown,
  place = "",
): readonly Problem[] {
  return issues.flatMap((issue) => {
    const path = place + issue.path.map(step).join("");
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        path: tidy(path + step(key)),
        message: "is no key that is known here; leave it out",
      }));
    }
    const found = valueAt(document, issue.path);
    const message =
      found === undefined
        ? `missing; must be ${issue.message}`
        : `${JSON.stringify(found).slice(0, 80)} is not ${issue.message}`;
    return [{ path: tidy(path), message }];
  });
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
