import { spaced } from "./workflow-safety-inputs.ts";
import { mapOf, type TreeStep } from "./workflow-tree.ts";

const STEP_KEYS = ["name", "id", "if", "uses", "with", "run", "env"];

/** A step of a job that has to be as Slipway ships it. */
export interface WantedStep {
  /** That it must have; any where there is none. */
  readonly id?: string;
  /** The action that it uses, up to its commit, or its one line. */
  readonly uses?: string;
  readonly run?: string;
  /** Its inputs; those with null are anything. */
  readonly with?: Readonly<Record<string, string | number | boolean | null>>;
  /** Its variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Its condition. */
  readonly if?: string;
}

/** Whether a step is the wanted one and nothing else. */
export function isWantedStep(step: TreeStep | undefined, wanted: WantedStep): boolean {
  if (step === undefined) return false;
  const { uses, run, value } = step;
  return (
    Object.keys(value).every((key) => STEP_KEYS.includes(key)) &&
    (wanted.id === undefined || value["id"] === wanted.id) &&
    isSameMap(mapOf(value["with"]), wanted.with ?? {}) &&
    isSameMap(mapOf(value["env"]), wanted.env ?? {}) &&
    (value["if"] === undefined ? undefined : spaced(value["if"])) === wanted.if &&
    run?.trim() === wanted.run &&
    (wanted.uses?.endsWith("@") === true
      ? uses?.startsWith(wanted.uses) === true
      : uses === wanted.uses)
  );
}

function isSameMap(
  now: Readonly<Record<string, unknown>>,
  then: NonNullable<WantedStep["with"]>,
): boolean {
  return (
    Object.keys(now).every((key) => Object.hasOwn(then, key)) &&
    Object.entries(then).every(([key, value]) => value === null || isSameValue(now[key], value))
  );
}

function isSameValue(now: unknown, then: unknown): boolean {
  return typeof now === "string" ? spaced(now) === then : now === then;
}

/** A step in one line. */
export function wantedStepText(wanted: WantedStep): string {
  const { id, uses, run, if: condition } = wanted;
  return [
    ...(id === undefined ? [] : [`id: ${id}`]),
    run === undefined ? `uses: ${uses?.replace(/@$/, "") ?? ""}` : `run: ${run}`,
    ...(["with", "env"] as const).flatMap((key) => {
      const shown = Object.entries(wanted[key] ?? {}).flatMap(([name, value]) =>
        value === null ? [] : `${name}: ${String(value)}`,
      );
      return shown.length === 0 ? [] : [`${key} ${shown.join(", ")}`];
    }),
    ...(condition === undefined ? [] : [`if: ${condition}`]),
  ].join(", ");
}
