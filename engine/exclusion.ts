import type { Registration } from "./monitor.ts";
import { kindOf } from "./report.ts";
import { needs, providerUrn } from "./state.ts";
import type { ResourceState } from "./state.ts";

/**
 * What a run leaves as it is: the resources that it is told to, and all that depends on them. The stack itself and
 * providers are never left, as by the Pulumi CLI.
 * @see https://github.com/pulumi/pulumi/blob/master/pkg/resource/deploy/step_generator.go isExcludedFromUpdate
 */
export class Exclusion {
  readonly #urns: Set<string>;

  constructor(urns: Iterable<string> = []) {
    this.#urns = new Set(urns);
  }

  has(urn: string): boolean {
    return this.#urns.has(urn);
  }

  /** Whether a declared resource is left; what depends on it, and is declared later, then is, too. */
  covers(declared: Registration): boolean {
    const kind = kindOf(declared);
    if (kind === "stack" || kind === "provider") return false;
    const { urn, parent, provider, deletedWith, dependencies, replaceWith } = declared;
    const needed = [
      ...(parent === undefined ? [] : [parent]),
      ...(provider === undefined ? [] : [providerUrn(provider)]),
      ...(deletedWith === undefined ? [] : [deletedWith]),
      ...dependencies,
      ...Object.values(declared.propertyDependencies).flat(),
      ...replaceWith,
    ];
    if (!this.has(urn) && !needed.some((one) => this.has(one))) return false;
    this.#urns.add(urn);
    return true;
  }

  /** Of what is recorded, what is left and all that it needs: none of it may be deleted, declared or not. */
  kept(resources: readonly ResourceState[]): ReadonlySet<ResourceState> {
    const kept = new Set(resources.filter(({ urn }) => this.has(urn)));
    for (const one of kept) {
      // A set goes on with what is added while it is gone through.
      for (const other of resources) if (needs(one, other)) kept.add(other);
    }
    return kept;
  }
}
