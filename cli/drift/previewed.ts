import type { PreviewedChange } from "../../rules/drift-changes.ts";
import type { DriftFinding } from "../../rules/drift-report.ts";

/** What a preview after a refresh came to, by either engine: names, types and names of properties, and no value. */
export interface Previewed {
  readonly changes: readonly PreviewedChange[];
  /** Changes of which no engine says what they are. */
  readonly findings: readonly DriftFinding[];
  readonly unasked: readonly string[];
  /** Types of all resources that the preview tells of, changed or not. */
  readonly types: ReadonlySet<string>;
}
