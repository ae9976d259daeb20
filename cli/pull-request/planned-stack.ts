import type { ContentKeyInput } from "../../rules/content-key.ts";
import type { StackSettings } from "../../rules/access-stack.ts";
import type { Declared } from "../../rules/snapshot-changes.ts";
import { SECRET, UNKNOWN } from "../../rules/snapshot-value.ts";

/** An image of a stack with what its content key is made of. */
export interface PlannedImage {
  readonly family: string;
  /** Absent in a family with one image. */
  readonly accelerator?: string;
  readonly input: ContentKeyInput;
}

/** What a stack declares, with marks in the place of secrets and unknowns. */
export interface PlannedStack {
  readonly declared: readonly Declared[];
  /** In the order of the configuration; none where the plan failed. */
  readonly images: readonly PlannedImage[];
  /** Absent where the plan failed. */
  readonly settings?: StackSettings;
  /** Name of the resource that failed, or none for the program, and the whole message. */
  readonly failures: readonly { readonly name?: string; readonly message: string }[];
}

/** Key of the map that stands for a mark on the way from one process to another. */
const MARK = "\u{0}mark";
const MARKS = new Map<string, symbol>([
  ["unknown", UNKNOWN],
  ["secret", SECRET],
]);

/** A plan as text, for {@link readPlanned}. */
export function plannedText(planned: PlannedStack): string {
  return JSON.stringify(planned, (_, value: unknown) => {
    if (typeof value !== "symbol") return value;
    const [name] = [...MARKS].find(([, mark]) => mark === value) ?? [];
    return { [MARK]: name };
  });
}

/** What {@link plannedText} wrote. */
export function readPlanned(text: string): PlannedStack {
  return JSON.parse(text, (_, value: unknown) => {
    if (typeof value !== "object" || value === null || !(MARK in value)) return value;
    return MARKS.get(String(value[MARK])) ?? SECRET;
  }) as PlannedStack;
}
