import { isDeepStrictEqual } from "node:util";
import type { Registration } from "./monitor.ts";
import type { PropertyMap } from "./values.ts";

/** What is recorded of one resource. */
export interface ResourceState {
  readonly urn: string;
  readonly type: string;
  /** False for components and the stack itself. */
  readonly custom: boolean;
  readonly id?: string;
  readonly parent?: string;
  /** `URN::ID` of the explicit provider. */
  readonly provider?: string;
  /** As checked by the provider, with the envelopes of secrets. */
  readonly inputs: PropertyMap;
  readonly outputs: PropertyMap;
  readonly dependencies: readonly string[];
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
  readonly deletedWith?: string;
  readonly additionalSecretOutputs?: readonly string[];
  /** An old copy whose replacement exists: it waits for its deletion. */
  readonly replaced?: true;
}

/** All that is known of a stack between two runs. */
export interface StackState {
  readonly project: string;
  readonly stack: string;
  readonly resources: readonly ResourceState[];
  /** What was about to be created and was not there before; without ids. It may or may not exist now. */
  readonly pending: readonly ResourceState[];
}

/** The state during a run. Every change is on disk before the method that made it resolves. */
export class Snapshot {
  #state: StackState;
  readonly #save: (state: StackState) => Promise<void>;

  /** @param save Writes a state; for a run that only looks, a function that does nothing. */
  constructor(state: StackState, save: (state: StackState) => Promise<void>) {
    this.#state = state;
    this.#save = save;
  }

  get resources(): readonly ResourceState[] {
    return this.#state.resources;
  }

  get pending(): readonly ResourceState[] {
    return this.#state.pending;
  }

  /** The resource of a URN; never an old copy. */
  find(urn: string): ResourceState | undefined {
    return this.#state.resources.find((r) => r.urn === urn && r.replaced === undefined);
  }

  /** Records a resource in the place of its last record, or at the end; nothing is written when nothing changed. */
  async put(resource: ResourceState): Promise<void> {
    const old = this.find(resource.urn);
    if (old === undefined) {
      await this.#change({ resources: [...this.#state.resources, resource] });
    } else if (!isDeepStrictEqual(old, resource)) {
      await this.#change({
        resources: this.#state.resources.map((r) => (r === old ? resource : r)),
      });
    }
  }

  async remove(resource: ResourceState): Promise<void> {
    const gone = resource.replaced ? resource : this.find(resource.urn);
    await this.#change({ resources: this.#state.resources.filter((r) => r !== gone) });
  }

  /** Notes that a creation begins, so that a killed run does not hide what it may have made. */
  async begin(wanted: ResourceState): Promise<void> {
    const pending = this.#state.pending.filter(({ urn }) => urn !== wanted.urn);
    await this.#change({ pending: [...pending, wanted] });
  }

  /** Ends a creation, with what it made, in one write. An old copy stays, marked, until it is deleted. */
  async end(urn: string, made?: ResourceState): Promise<void> {
    const old = this.find(urn);
    const kept = this.#state.resources.map((r) =>
      r === old ? { ...r, replaced: true as const } : r,
    );
    await this.#change({
      pending: this.#state.pending.filter((p) => p.urn !== urn),
      resources: made === undefined ? this.#state.resources : [...kept, made],
    });
  }

  async #change(part: Partial<StackState>): Promise<void> {
    this.#state = { ...this.#state, ...part };
    await this.#save(this.#state);
  }
}

/** What is recorded of a resource as the program declares it. */
export function stateOf(
  declared: Registration,
  made: { readonly id?: string; readonly inputs: PropertyMap; readonly outputs: PropertyMap },
): ResourceState {
  const { urn, type, custom, parent, provider, protect, retainOnDelete, deletedWith } = declared;
  const { additionalSecretOutputs } = declared;
  return {
    urn,
    type,
    custom,
    ...made,
    ...(parent === undefined ? {} : { parent }),
    ...(provider === undefined ? {} : { provider }),
    dependencies: declared.dependencies,
    propertyDependencies: declared.propertyDependencies,
    ...(protect === true ? { protect } : {}),
    ...(retainOnDelete === true ? { retainOnDelete } : {}),
    ...(deletedWith === undefined ? {} : { deletedWith }),
    ...(additionalSecretOutputs.length === 0 ? {} : { additionalSecretOutputs }),
  };
}

/** Whether a resource must be deleted before another. */
export function needs(dependent: ResourceState, other: ResourceState): boolean {
  return (
    dependent.urn !== other.urn &&
    (dependent.parent === other.urn ||
      dependent.deletedWith === other.urn ||
      dependent.dependencies.includes(other.urn) ||
      (dependent.provider !== undefined && providerUrn(dependent.provider) === other.urn))
  );
}

/** URN in a provider's `URN::ID`. */
export function providerUrn(reference: string): string {
  return reference.slice(0, reference.lastIndexOf("::"));
}

/** The name in a URN. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
