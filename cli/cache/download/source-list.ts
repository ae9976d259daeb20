import { isLoginFault } from "../../../oci/faults.ts";
import type { RepositoryClient } from "../../../oci/registries.ts";
import { GivenUpFault } from "../../../oci/retry.ts";
import { UserError } from "../../../rules/problems.ts";

/** Where blobs may be had. */
export interface DownloadSource {
  /** For people: `ghcr.io/pytorch/ci-image`. */
  readonly name: string;
  readonly repository: RepositoryClient;
}

/**
 * The sources of one download in their order, without those that were given up: for all blobs when a registry refuses the
 * login or does not get anything done, else for the one blob that it does not have.
 */
export class SourceList {
  readonly #sources: readonly DownloadSource[];
  readonly #onFallback: (line: string) => void;
  readonly #forAll = new Map<DownloadSource, Error>();
  readonly #forOne = new Map<string, Map<DownloadSource, Error>>();

  constructor(sources: readonly DownloadSource[], onFallback: (line: string) => void) {
    this.#sources = sources;
    this.#onFallback = onFallback;
  }

  /** @throws UserError with every source's reason when none is left for the blob */
  first(digest: string): DownloadSource {
    const [first] = this.#left(digest);
    if (first !== undefined) return first;
    const reasons = this.#sources.map((source) => this.#reason(digest, source));
    const [only] = reasons;
    if (reasons.length === 1 && only !== undefined) throw only;
    throw new UserError(
      `no registry gives blob ${digest}:\n` +
        reasons.map((reason) => `- ${reason?.message ?? ""}`).join("\n"),
    );
  }

  hasGivenUp(digest: string, source: DownloadSource): boolean {
    return this.#reason(digest, source) !== undefined;
  }

  /** Asks a source no longer, and tells why when another one is left. */
  giveUp(digest: string, source: DownloadSource, reason: Error): void {
    if (this.hasGivenUp(digest, source)) return;
    if (isLoginFault(reason) || reason instanceof GivenUpFault) this.#forAll.set(source, reason);
    else {
      const given = this.#forOne.get(digest) ?? new Map<DownloadSource, Error>();
      this.#forOne.set(digest, given.set(source, reason));
    }
    const [next] = this.#left(digest);
    if (next !== undefined) this.#onFallback(`${reason.message}; ${next.name} is asked instead`);
  }

  /** Asks sources again for a blob that they were given up for alone. */
  takeBack(digest: string, sources: Iterable<DownloadSource>): void {
    for (const source of sources) this.#forOne.get(digest)?.delete(source);
  }

  /** Whether a blob may be had from a source that is none of these. */
  hasOther(digest: string, sources: ReadonlySet<DownloadSource>): boolean {
    return this.#left(digest).some((source) => !sources.has(source));
  }

  #left(digest: string): readonly DownloadSource[] {
    return this.#sources.filter((source) => !this.hasGivenUp(digest, source));
  }

  #reason(digest: string, source: DownloadSource): Error | undefined {
    return this.#forAll.get(source) ?? this.#forOne.get(digest)?.get(source);
  }
}
