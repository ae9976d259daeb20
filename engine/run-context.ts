import type { DeletionCause } from "./deletion.ts";
import type { Exclusion } from "./exclusion.ts";
import type { Providers } from "./providers.ts";
import type { Report } from "./report.ts";
import type { Snapshot } from "./state.ts";

/** What all parts of a run work with. */
export interface RunContext {
  readonly snapshot: Snapshot;
  readonly providers: Providers;
  readonly report: Report;
  /** Runs a call of a provider when fewer than the allowed number are running. */
  readonly limit: <T>(work: () => Promise<T>) => Promise<T>;
  /** Whether to look first how a resource is. */
  readonly refresh: boolean;
  /** URNs of what this run replaces. */
  readonly replacing: Set<string>;
  readonly exclusion: Exclusion;
  /** True in a preview: providers are only asked, and nothing is recorded. */
  readonly planning: boolean;
  /** How to delete something protected after all. */
  readonly unprotectHint: Readonly<Record<DeletionCause, string>>;
}
