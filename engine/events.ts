import type { PropertyChange } from "./property-diff.ts";
import type { PropertyValue } from "./values.ts";

/** What happens to a resource. `same` costs nothing. */
export type Change = "create" | "update" | "replace" | "delete" | "same";

/** What a resource is; only those of kind `resource` exist anywhere but in the state, and only they are counted. */
export type ResourceKind = "resource" | "component" | "provider" | "stack";

export interface ResourceRef {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
}

/** News of a running operation, in order. */
export type EngineEvent =
  | (ResourceRef & {
      readonly kind: "resource";
      readonly resource: ResourceKind;
      readonly change: Change;
      readonly diff: readonly PropertyChange[];
      /** Why, where that is not plain: `gone`, `only forgotten`. */
      readonly note?: string;
      /** The deletion of an old copy, which its replacement already counts. */
      readonly partOfReplace?: true;
      readonly phase: "planned" | "start" | "done";
      /** With `done`: how long it took. */
      readonly seconds?: number;
    })
  | { readonly kind: "failure"; readonly failure: Failure }
  | { readonly kind: "note"; readonly message: string };

/** One resource and what became of it. */
export interface Step extends ResourceRef {
  readonly kind: ResourceKind;
  readonly change: Change;
  readonly diff: readonly PropertyChange[];
  readonly note?: string;
  /** The deletion of an old copy, which its replacement already counts. */
  readonly partOfReplace?: true;
  readonly seconds: number;
}

/** Something that did not work: a resource, or, without one, the program. */
export interface Failure extends Partial<ResourceRef> {
  /** For people; a {@link UserError}'s whole text. */
  readonly message: string;
  /** What was thrown; its stack matters when it is no UserError. */
  readonly error: unknown;
}

export interface StackOutput {
  /** Shown form: `[secret]` stands for a secret and `[unknown]` for what is not known yet, at any depth. */
  readonly value: PropertyValue;
  /** Whether there is a secret anywhere in it. */
  readonly secret: boolean;
}

export type StackOutputs = Readonly<Record<string, StackOutput>>;

/** How an operation ended. */
export interface RunResult {
  readonly operation: Operation;
  readonly project: string;
  readonly stack: string;
  /** No failure, nothing skipped. */
  readonly ok: boolean;
  /** Counts of resources; planned ones for a plan and a preview. */
  readonly changes: Readonly<Record<Change, number>>;
  /** In the order in which they were decided or done. */
  readonly steps: readonly Step[];
  /** Those that were not reached, because something they need failed. */
  readonly skipped: readonly { readonly type: string; readonly name: string }[];
  readonly failures: readonly Failure[];
  readonly notes: readonly string[];
  readonly outputs: StackOutputs;
}

export type Operation = "plan" | "preview" | "up" | "refresh" | "destroy";
