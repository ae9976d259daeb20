import { readState } from "../../engine/state-file.ts";
import { nameOf } from "../../engine/state.ts";
import { UserError } from "../../rules/problems.ts";
import type { Declared } from "../../rules/snapshot-changes.ts";
import { stateFile } from "../embedded.ts";
import type { EngineName } from "../engine-choice.ts";
import { inputsOf } from "./declared.ts";
import { pulumiState } from "./pulumi-state.ts";

/**
 * The resources of a stack with their inputs as last applied, as its engine recorded them. Nothing is decrypted: a secret
 * comes as a mark.
 * @throws UserError when nothing was ever applied, or a run ended in the middle of something
 */
export async function appliedResources(
  stack: string,
  engine: EngineName,
): Promise<readonly Declared[]> {
  const { resources, pending } =
    engine === "embedded" ? await embeddedState(stack) : await pulumiState(stack);
  if (pending.length > 0) {
    const names = pending.map(nameOf).join(", ");
    throw new UserError(
      `the last run of stack ${stack} ended in the middle of something, so that nobody knows what is there (${names}): run slipway up --stack ${stack} to its end first`,
    );
  }
  if (resources.length === 0) {
    throw new UserError(
      `stack ${stack} has no state by the ${engine === "embedded" ? "embedded engine" : "Pulumi CLI"}: nothing was applied yet; run slipway up --stack ${stack} first`,
    );
  }
  return resources;
}

/** What an engine recorded of a stack. */
export interface AppliedState {
  readonly resources: readonly Declared[];
  /** URNs of what was under way when a run ended. */
  readonly pending: readonly string[];
}

async function embeddedState(stack: string): Promise<AppliedState> {
  const state = await readState(stateFile(stack));
  if (state === undefined) return { resources: [], pending: [] };
  return {
    resources: state.resources
      .filter(({ custom, replaced }) => custom && replaced === undefined)
      .map(({ type, urn, inputs }) => ({ type, name: nameOf(urn), inputs: inputsOf(inputs) })),
    pending: state.pending.map(({ urn }) => urn),
  };
}
