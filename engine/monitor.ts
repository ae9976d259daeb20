import type { PropertyMap } from "./values.ts";

/** One resource as the program declared it, once all its inputs were resolved. */
export interface Registration {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** False for a component and for the stack itself. */
  readonly custom: boolean;
  /** URN; absent for the stack itself alone. */
  readonly parent?: string;
  /** With the envelopes of secrets and the sentinel of unknowns. */
  readonly inputs: PropertyMap;
  /** URNs of everything it depends on, by option or by property. */
  readonly dependencies: readonly string[];
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  /** `URN::ID` of the explicit provider. */
  readonly provider?: string;
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
  readonly deleteBeforeReplace?: boolean;
  readonly deletedWith?: string;
  readonly replaceWith: readonly string[];
  readonly ignoreChanges: readonly string[];
  readonly additionalSecretOutputs: readonly string[];
  /** URNs under which the resource may be known from before. */
  readonly aliases: readonly string[];
  /** Names of the options in use that no part of this engine understands. */
  readonly unsupported: readonly string[];
  /** `file:line` of the constructor's call, where the SDK knows it. */
  readonly source?: string;
}

/** What the program is told of a resource it registered. */
export type Registered =
  | { readonly failed: true }
  | {
      readonly failed?: false;
      /** Absent while unknown, and for components. */
      readonly id?: string;
      readonly outputs: PropertyMap;
      /** It is not there and was not made, so that nothing of it is known, in an update either. */
      readonly unknown?: true;
    };

/** A function of a provider that the program calls; secrets in its arguments come bare, the SDK remembers them. */
export interface Invocation {
  readonly token: string;
  readonly arguments: PropertyMap;
  /** `URN::ID` of the explicit provider. */
  readonly provider?: string;
}

/** Takes what a running program asks of its engine. */
export interface Monitor {
  register(registration: Registration): Promise<Registered>;
  /** Outputs of a component, and of the stack. */
  registerOutputs(urn: string, outputs: PropertyMap): Promise<void>;
  /** Resolves to undefined when the result cannot be known yet. */
  invoke(invocation: Invocation): Promise<PropertyMap | undefined>;
}

/** A resource that was never registered because something it needs failed. */
export interface Skipped {
  readonly type: string;
  readonly name: string;
}

/** How a run of the program ended. */
export interface ProgramEnd {
  /** Everything the program itself did wrong: thrown, or rejected with nobody listening; each error once. */
  readonly errors: readonly unknown[];
  readonly skipped: readonly Skipped[];
}

export interface ProgramOptions {
  readonly project: string;
  readonly stack: string;
  /** True for a plan and a preview: unknowns may then reach the program. */
  readonly preview: boolean;
  /** Every value as the SDK wants it: text, or JSON. */
  readonly config: Readonly<Record<string, string>>;
  /** Keys of the configuration that the program must read as secrets. */
  readonly secretKeys?: readonly string[];
}
