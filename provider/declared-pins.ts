import type { PinInputs } from "./pin-inputs.ts";

/**
 * The digests that the pins declared in this run keep. An index that is pinned keeps all that it lists, and so may another
 * pin: what one that is no longer declared kept is let go only where no other keeps it.
 *
 * An engine checks all that is declared, and compares it with what was recorded, before it deletes anything.
 */
export class DeclaredPins {
  readonly #digests = new Map<string, Set<string>>();

  note(place: Pick<PinInputs, "account" | "repository">, digests: readonly string[]): void {
    const known = this.#digests.get(keyOf(place)) ?? new Set();
    for (const digest of digests) known.add(digest);
    this.#digests.set(keyOf(place), known);
  }

  has(place: Pick<PinInputs, "account" | "repository">, digest: string): boolean {
    return this.#digests.get(keyOf(place))?.has(digest) ?? false;
  }
}

function keyOf({ account, repository }: Pick<PinInputs, "account" | "repository">): string {
  return JSON.stringify([account.accountId, account.region, repository]);
}
