import { madeByInterrupted, resumeCreation } from "./creation.ts";
import { ignoreChanges } from "./ignore-changes.ts";
import type { Registration } from "./monitor.ts";
import { diffProperties } from "./property-diff.ts";
import { check, diff, read } from "./provider-calls.ts";
import type { Difference } from "./provider-calls.ts";
import type { Provider } from "./providers.ts";
import { resourceText } from "./resource-name.ts";
import type { RunContext } from "./run-context.ts";
import type { ResourceState } from "./state.ts";
import type { PropertyMap } from "./values.ts";

/** How a resource is to become what the program declares. */
export interface Decision {
  /** Undefined while its configuration is unknown, in a preview. */
  readonly by: Provider | undefined;
  /** As checked by the provider. */
  readonly inputs: PropertyMap;
  /** The resource as it is; absent when it is to be created. */
  readonly old?: ResourceState;
  readonly difference: Difference;
  /** What an interrupted run had done of it already: that is told now. */
  readonly resumed?: "create" | "replace";
  readonly note?: string;
}

const noDifference: Difference = {
  change: "same",
  properties: [],
  deleteBeforeReplace: false,
  stables: [],
};

/** Reads a resource anew, or ends its interrupted creation, checks what is declared and compares the two. */
export async function decide(declared: Registration, context: RunContext): Promise<Decision> {
  const { snapshot, providers, refresh, replacing } = context;
  const { urn } = declared;
  const by = await providers.of(declared.type, declared.provider);
  const previous = snapshot.find(urn);
  const resumed = await resumeCreation(urn, context);
  const before = resumed ?? previous;
  let old = before;
  if (before !== undefined && by !== undefined && refresh && resumed === undefined) {
    old = await read(by, before);
    if (old === undefined) await snapshot.remove(before);
    else await snapshot.put(old);
  }
  const known = old?.inputs ?? {};
  const wanted = ignoreChanges(declared.inputs, known, old ? declared.ignoreChanges : []);
  const inputs =
    by === undefined
      ? wanted
      : await check(by, urn, known, wanted, declared.additionalSecretOutputs);
  if (old === undefined || before === undefined) {
    const gone = before === undefined ? {} : { note: "it was gone" };
    return { by, inputs, difference: noDifference, ...gone };
  }
  const difference = await diff(by, old, before, inputs);
  if (resumed !== undefined) {
    if (previous !== undefined) replacing.add(urn);
    if (difference.change !== "replace") {
      const properties = diffProperties(previous?.inputs ?? {}, inputs);
      return {
        by,
        inputs,
        old,
        difference: { ...difference, properties },
        resumed: previous === undefined ? "create" : "replace",
        note: madeByInterrupted,
      };
    }
  }
  const together = declared.replaceWith.find((other) => replacing.has(other));
  if (together === undefined) return { by, inputs, old, difference };
  return {
    by,
    inputs,
    old,
    difference: { ...difference, change: "replace" },
    note: `because ${resourceText(together)} is replaced`,
  };
}
