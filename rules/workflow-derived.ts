import type { DeclaredSecret } from "./declared-secrets.ts";
import type { Scheme } from "./names.ts";
import { environmentFindings } from "./workflow-derived-environments.ts";
import { imageFindings } from "./workflow-derived-images.ts";
import { referenceFindings } from "./workflow-derived-references.ts";
import { roleFindings } from "./workflow-derived-roles.ts";
import { toolFindings } from "./workflow-derived-tools.ts";
import { planTriggerFindings, triggerFindings } from "./workflow-derived-triggers.ts";
import { userFindings } from "./workflow-derived-users.ts";
import type { TreeFile, TreeFinding } from "./workflow-tree.ts";

/** What the stacks that the workflows serve need of them, all stacks together. */
export interface Served {
  /** Names of the stacks: those that own their foundation. */
  readonly stacks: readonly string[];
  /** Their families, each once. */
  readonly families: readonly ServedFamily[];
  /** Names of their GitHub environments. */
  readonly environments: readonly string[];
  readonly secrets: readonly ServedSecret[];
  /** Version of the Pulumi SDK that the project depends on: `3.270.0`. */
  readonly pulumi: string;
}

export interface ServedFamily {
  readonly scheme: Scheme;
  /** What jobs build, one each. */
  readonly labels: readonly string[];
}

/** A secret that a stack declares, and who reads it. */
export interface ServedSecret {
  /** The stack's file. */
  readonly file: TreeFile;
  readonly secret: DeclaredSecret;
  /** The workflow files with a job that reads it in its environment. */
  readonly usedBy: readonly string[];
}

/** Everything that workflows say otherwise than the catalogue, the stacks and the rules that it follows from. */
export function derivedFindings(
  files: readonly TreeFile[],
  served: Served,
): readonly TreeFinding[] {
  return [
    ...triggerFindings(files, served),
    ...planTriggerFindings(files, served),
    ...environmentFindings(files, served),
    ...imageFindings(files, served),
    ...roleFindings(files),
    ...toolFindings(files, served),
    ...referenceFindings(files),
    ...userFindings(served),
  ];
}
