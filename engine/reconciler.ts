import { UserError } from "../rules/problems.ts";
import { createRecorded } from "./creation.ts";
import { decide } from "./decision.ts";
import type { Decision } from "./decision.ts";
import { Declarations } from "./declarations.ts";
import { deleteFromService, refuseProtected } from "./deletion.ts";
import { dependentReplacements } from "./dependent-replacements.ts";
import { messageOf } from "./messages.ts";
import type { Invocation, Monitor, Registered, Registration } from "./monitor.ts";
import { diffProperties, newProperties } from "./property-diff.ts";
import { plannedOutputs, update } from "./provider-calls.ts";
import { packageOfProvider } from "./providers.ts";
import { kindOf } from "./report.ts";
import type { StepDetails } from "./report.ts";
import { resourceText } from "./resource-name.ts";
import type { RunContext } from "./run-context.ts";
import { rootType } from "./sdk.ts";
import { stateOf } from "./state.ts";
import type { ResourceState } from "./state.ts";
import { sameValue, toMap, unwrapMap } from "./values.ts";
import type { PropertyMap } from "./values.ts";

/**
 * Brings each resource that the program declares from its recorded state to what is declared, or, in a preview, tells
 * what would be done. Deleting what is no longer declared is left to the end of the run.
 */
export class Reconciler implements Monitor {
  readonly #context: RunContext;
  readonly #declarations = new Declarations();
  /** What was deleted because something it needs is deleted before it is replaced. */
  readonly #deletedFirst = new Map<string, ResourceState>();
  /** Outputs of the stack, once the program has told them. */
  stackOutputs: { readonly urn: string; readonly outputs: PropertyMap } | undefined;

  constructor(context: RunContext) {
    this.#context = context;
  }

  /** Whether the program declares a resource. */
  declares(urn: string): boolean {
    return this.#declarations.has(urn);
  }

  async register(registration: Registration): Promise<Registered> {
    const { snapshot, report, limit } = this.#context;
    try {
      const recorded = (urn: string): boolean => snapshot.find(urn) !== undefined;
      const declared = this.#declarations.add(registration, recorded);
      if (this.#context.exclusion.covers(declared)) return this.#leave(declared);
      switch (kindOf(declared)) {
        case "stack":
        case "component":
          return await this.#keepRecord(declared);
        case "provider":
          return await this.#reconcileProvider(declared);
        case "resource":
          return await limit(async () =>
            this.#apply(declared, await decide(declared, this.#context)),
          );
      }
    } catch (error) {
      report.fail(error, registration);
      return { failed: true };
    }
  }

  async registerOutputs(urn: string, outputs: PropertyMap): Promise<void> {
    const { snapshot, exclusion } = this.#context;
    if (urn.includes(`::${rootType}::`)) {
      this.stackOutputs = { urn, outputs };
      return;
    }
    if (exclusion.has(urn)) return;
    const component = snapshot.find(urn);
    if (component !== undefined) await snapshot.put({ ...component, outputs });
  }

  async invoke(invocation: Invocation): Promise<PropertyMap | undefined> {
    const { providers, report, limit } = this.#context;
    const { token } = invocation;
    try {
      const by = await providers.of(token, invocation.provider);
      if (by === undefined) return undefined;
      if (by.invoke === undefined) throw new UserError(`${token}: its provider has no functions`);
      const call = by.invoke.bind(by);
      const result = await limit(() => call(token, unwrapMap(invocation.arguments)));
      const failures = result.failures ?? [];
      if (failures.length > 0) {
        throw new UserError(
          failures.map(({ property, reason }) => `${property}: ${reason}`).join("; "),
        );
      }
      return toMap(result.outputs);
    } catch (error) {
      report.fail(new UserError(`${token}: ${messageOf(error)}`, { cause: error }));
      throw error;
    }
  }

  /** What is excluded is told as it was recorded last; of what never was, nothing is known. */
  #leave(declared: Registration): Registered {
    const { snapshot, report, planning } = this.#context;
    const old = snapshot.find(declared.urn);
    if (old !== undefined) {
      report.step(declared, "same", { note: "left as it is" });
      return { ...(old.id === undefined ? {} : { id: old.id }), outputs: old.outputs };
    }
    if (kindOf(declared) === "resource") {
      report.note(`${resourceText(declared.urn)} is left as it is: it is not there`);
    }
    return { outputs: planning ? plannedOutputs(declared.inputs) : {}, unknown: true };
  }

  /** A component and the stack exist in the state only. */
  async #keepRecord(declared: Registration): Promise<Registered> {
    const { snapshot, report } = this.#context;
    const old = snapshot.find(declared.urn);
    report.step(declared, old === undefined ? "create" : "same");
    await snapshot.put(stateOf(declared, { inputs: declared.inputs, outputs: old?.outputs ?? {} }));
    return { outputs: {} };
  }

  /** A provider whose configuration changed is made anew; what it provides is compared, not replaced. */
  async #reconcileProvider(declared: Registration): Promise<Registered> {
    const { snapshot, providers, report } = this.#context;
    const { urn, inputs } = declared;
    const old = snapshot.find(urn);
    providers.declare(urn, packageOfProvider(declared.type) ?? "", inputs);
    await providers.explicit(urn);
    const changed = old === undefined || !sameValue(old.inputs, inputs);
    report.step(declared, old === undefined ? "create" : changed ? "update" : "same", {
      diff: diffProperties(old?.inputs ?? {}, inputs),
    });
    const id = old?.id ?? crypto.randomUUID();
    await snapshot.put(stateOf(declared, { id, inputs, outputs: inputs }));
    return { id, outputs: inputs };
  }

  async #apply(declared: Registration, decision: Decision): Promise<Registered> {
    const { snapshot, report, planning } = this.#context;
    const { by, inputs, old, difference } = decision;
    const { change, properties } = difference;
    if (old === undefined) return this.#create(declared, decision);
    if (change === "replace") return this.#replace(declared, decision, old);
    const shown = decision.resumed ?? change;
    const details = { diff: properties, ...noteOf(decision) };
    const id = old.id === undefined ? {} : { id: old.id };
    let { outputs } = old;
    if (change === "same") {
      report.step(declared, shown, details);
    } else if (planning || by === undefined) {
      report.step(declared, shown, details);
      outputs = plannedOutputs(inputs, { outputs, stables: difference.stables });
    } else {
      outputs = await report.work(declared, shown, details, async () => {
        const updated = await update(by, old, inputs, declared.additionalSecretOutputs);
        // Recorded before it is told as done: whoever kills the run then does not have it done again.
        await snapshot.put(stateOf(declared, { ...id, inputs, outputs: updated }));
        return updated;
      });
    }
    await snapshot.put(stateOf(declared, { ...id, inputs, outputs }));
    return { ...id, outputs };
  }

  async #create(declared: Registration, decision: Decision): Promise<Registered> {
    const first = this.#deletedFirst.get(declared.urn);
    const details = {
      diff: first ? diffProperties(first.inputs, decision.inputs) : newProperties(decision.inputs),
      ...noteOf(decision),
    };
    return this.#make(declared, decision, first ? "replace" : "create", details);
  }

  async #replace(
    declared: Registration,
    decision: Decision,
    old: ResourceState,
  ): Promise<Registered> {
    const { snapshot, providers, planning, replacing } = this.#context;
    const refusal = { what: `replacing ${resourceText(old.urn)}`, cause: "replacement" } as const;
    refuseProtected([old], refusal, this.#context);
    replacing.add(old.urn);
    const { difference } = decision;
    const details = { diff: difference.properties, ...noteOf(decision) };
    if (!(declared.deleteBeforeReplace ?? difference.deleteBeforeReplace)) {
      return this.#make(declared, decision, "replace", details);
    }
    const dependents = await dependentReplacements(old, snapshot.resources, providers);
    refuseProtected(dependents, refusal, this.#context);
    for (const target of [...dependents.reverse(), old]) {
      const stays = target.retainOnDelete === true || target.deletedWith === old.urn;
      if (!planning && !stays) await deleteFromService(target, this.#context);
      if (target !== old) this.#deletedFirst.set(target.urn, target);
      await snapshot.remove(target);
    }
    return this.#make(declared, decision, "replace", details);
  }

  /** Creates a resource; a copy that is there already stays until the end of the run. */
  async #make(
    declared: Registration,
    { by, inputs }: Decision,
    change: "create" | "replace",
    details: StepDetails,
  ): Promise<Registered> {
    const { snapshot, report, planning } = this.#context;
    const { urn } = declared;
    if (planning) {
      report.step(declared, change, details);
      const outputs = plannedOutputs(inputs);
      await snapshot.end(urn, stateOf(declared, { inputs, outputs }));
      return { outputs };
    }
    if (by === undefined) throw new Error(`${urn}: an unknown reached an update`);
    const wanted = stateOf(declared, { inputs, outputs: inputs });
    return report.work(declared, change, details, () => createRecorded(by, wanted, snapshot));
  }
}

function noteOf({ note }: Decision): { note?: string } {
  return note === undefined ? {} : { note };
}
