import { Declarations } from "./declarations.ts";
import { newProperties } from "./property-diff.ts";
import { plannedOutputs } from "./provider-calls.ts";
import { packageOfProvider } from "./providers.ts";
import type { Report } from "./report.ts";
import { rootType } from "./sdk.ts";
import type { Monitor, Registered, Registration } from "./monitor.ts";
import type { PropertyMap } from "./values.ts";

/**
 * Answers a program as if nothing existed and nothing could be asked: every resource will be created, every id, computed
 * output and function result is unknown. No provider is made, so a plan needs no credentials and no network.
 */
export class PlanMonitor implements Monitor {
  readonly #declarations = new Declarations();
  readonly #report: Report;
  readonly #onDeclared: (declared: Registration) => void;

  constructor(report: Report, onDeclared: (declared: Registration) => void = () => undefined) {
    this.#report = report;
    this.#onDeclared = onDeclared;
  }

  async register(registration: Registration): Promise<Registered> {
    try {
      const declared = this.#declarations.add(registration, () => false);
      const { inputs } = declared;
      this.#report.step(declared, "create", { diff: newProperties(inputs) });
      this.#onDeclared(declared);
      // A provider's id is part of its resources' requests and has to be something.
      const id = packageOfProvider(declared.type) === undefined ? {} : { id: "planned" };
      return { ...id, outputs: declared.custom ? plannedOutputs(inputs) : {} };
    } catch (error) {
      this.#report.fail(error, registration);
      return { failed: true };
    }
  }

  async registerOutputs(urn: string, outputs: PropertyMap): Promise<void> {
    if (urn.includes(`::${rootType}::`)) this.#report.outputs(outputs);
  }

  async invoke(): Promise<undefined> {
    return undefined;
  }
}
