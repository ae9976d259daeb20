import { z } from "zod";
import { suggestion } from "./suggestion.ts";

/** The texts of a field's faults: what was found, what it must be, what to write. */
export function says(is: string, example?: string, hint?: (word: string) => string) {
  return {
    error: ({ input }: { readonly input?: unknown }) => {
      if (input === undefined) {
        return `missing; ${is}${example === undefined ? "" : `, e.g. ${example}`}`;
      }
      const advice = hint !== undefined && typeof input === "string" ? hint(input) : "";
      return `${show(input)} is not ${is}${advice}${example === undefined ? "" : `; write e.g. ${example}`}`;
    },
  };
}

export function oneOf(word: string, known: readonly string[]): string {
  const advice = known.length === 0 ? "there is none" : `write one of ${known.join(", ")}`;
  return `${suggestion(word, known)}; ${advice}`;
}

function show(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}...` : value);
  }
  if (Array.isArray(value)) return "a list";
  return isMap(value) ? "a map" : String(value);
}

/** A YAML map as it comes out of the parser. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A list of at least one, each once. */
export function listOf<Item extends z.ZodType>(item: Item, noun: string, example: string) {
  const list = says(`a list of ${noun}`, example);
  return z
    .array(item, list)
    .min(1, { error: `empty; write at least one, e.g. ${example}` })
    .refine((values) => new Set(values).size === values.length, {
      error: `names one of its ${noun} twice; write each once`,
    });
}
