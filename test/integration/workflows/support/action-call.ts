/* What a stand-in of an action of somebody else's is given and gives. */
import type { JobSpace } from "./job-space.ts";

export interface ActionCall {
  /** Only inputs that the stand-in knows; of others the step fails. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Of the step. */
  readonly env: Readonly<Record<string, string>>;
  readonly job: JobSpace;
  readonly say: (line: string) => void;
}

export interface StandIn {
  /** `actions/checkout` */
  readonly action: string;
  /** Inputs that it knows, with the defaults of the real action. */
  readonly inputs: Readonly<Record<string, string>>;
  /** @throws Error when the step fails */
  readonly run: (call: ActionCall) => Promise<Readonly<Record<string, string>>>;
}

/** The inputs of a step with what it leaves out. @throws Error for an input that the stand-in does not know */
export function inputsOf(
  { action, inputs }: StandIn,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const unknown = Object.keys(given).filter((name) => !(name in inputs));
  if (unknown.length > 0) {
    throw new Error(`${action}: the stand-in does not know the input ${unknown.join(", ")}`);
  }
  return { ...inputs, ...given };
}

/** An input that must not be empty. */
export function required(inputs: Readonly<Record<string, string>>, name: string): string {
  const value = inputs[name] ?? "";
  if (value === "") throw new Error(`Input required and not supplied: ${name}`);
  return value;
}
