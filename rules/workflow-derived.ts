import type { DeclaredSecret } from "./declared-secrets.ts";
import type { Scheme } from "./names.ts";
import { candidateImageFindings } from "./workflow-derived-candidates.ts";
import { commandFindings } from "./workflow-derived-commands.ts";
import { driftFindings } from "./workflow-derived-drift.ts";
import { environmentFindings } from "./workflow-derived-environments.ts";
import { imageFindings } from "./workflow-derived-images.ts";
import { keptImageFindings } from "./workflow-derived-kept-images.ts";
import { PUBLISHING_WORKFLOW } from "./workflow-derived-names.ts";
import { referenceFindings } from "./workflow-derived-references.ts";
import { roleFindings } from "./workflow-derived-roles.ts";
import { appTokenFindings } from "./workflow-derived-tokens.ts";
import { toolFindings } from "./workflow-derived-tools.ts";
import { pullRequestTriggerFindings, triggerFindings } from "./workflow-derived-triggers.ts";
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
  /** Labels of every image of the catalogue, those that no stack publishes, too. */
  readonly catalogue: readonly string[];
  /** Names of all stacks that have a file. */
  readonly stackFiles: readonly string[];
  readonly settings: readonly ServedSettings[];
}

/** What a stack's file says of the things that only a person can make; empty where it says nothing. */
export interface ServedSettings {
  readonly file: TreeFile;
  readonly local: boolean;
  readonly deployApp: string;
  readonly driftApp: string;
  readonly pinsApp: string;
  readonly stateBucket: string;
}

export interface ServedFamily {
  readonly scheme: Scheme;
  /** What jobs build, one each. */
  readonly labels: readonly string[];
  /** Those of which pull requests get candidates; none of a family with several platforms, or on docker.io alone. */
  readonly candidates: readonly string[];
  /** What runners keep of it, each image for each label of runners. */
  readonly kept: readonly KeptImage[];
}

/** An image that runners keep. */
export interface KeptImage {
  /** Their label: `linux.rocm.gfx942.docker-cache`. */
  readonly runner: string;
  /** Label of the image, of whatever platform the runner is: `ci-image/pytorch-linux-jammy-rocm-n-py3`. */
  readonly image: string;
}

/** A secret that a stack declares, and who reads it. */
export interface ServedSecret {
  /** The stack's file. */
  readonly file: TreeFile;
  readonly secret: DeclaredSecret;
  /** The workflow files with a job that reads it in its environment. */
  readonly usedBy: readonly string[];
}

/**
 * Everything that workflows say otherwise than the catalogue, the stacks and the rules that it follows from.
 * @param unread paths of those that could not be read: what they say is not known, and so not what others say of them
 */
export function derivedFindings(
  files: readonly TreeFile[],
  served: Served,
  unread: readonly string[] = [],
): readonly TreeFinding[] {
  return [
    ...(unread.includes(PUBLISHING_WORKFLOW) ? [] : triggerFindings(files, served)),
    ...pullRequestTriggerFindings(files, served),
    ...environmentFindings(files, served),
    ...imageFindings(files, served),
    ...candidateImageFindings(files, served),
    ...keptImageFindings(files, served, unread),
    ...roleFindings(files),
    ...appTokenFindings(files),
    ...toolFindings(files, served),
    ...commandFindings(files, served),
    ...driftFindings(files),
    ...(unread.length > 0 ? [] : [...referenceFindings(files), ...userFindings(served)]),
  ];
}
