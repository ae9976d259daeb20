import { z } from "zod";
import { CommitHash, RepositoryFullName } from "./store-names.ts";
import { timestamps } from "./store-times.ts";

/** A run of a workflow, in GitHub's words. */
export const WorkflowRun = z.strictObject({
  id: z.int(),
  /** File that the run is found by, below `.github/workflows`: `up.yml`. */
  workflow: z.string().regex(/^[^/]+\.ya?ml$/),
  /** Of the file, if it is not `.github/workflows/<workflow>`. */
  path: z.string().optional(),
  /** What the file calls itself, if that is not its own name: any file may take the name of another. */
  name: z.string().optional(),
  /** What is shown for the run, a pull request's title for example; the workflow if absent. */
  title: z.string().optional(),
  headSha: CommitHash,
  /** Branch, or tag, that it runs for. */
  headBranch: z.string().nullable(),
  /** Where the branch is, if not here: a fork; `null` when that was deleted. */
  headRepository: RepositoryFullName.nullable().optional(),
  event: z.string(),
  status: z.enum(["queued", "requested", "waiting", "pending", "in_progress", "completed"]),
  /** `null` until it is completed. */
  conclusion: z
    .enum([
      "success",
      "failure",
      "cancelled",
      "timed_out",
      "skipped",
      "neutral",
      "stale",
      "action_required",
      "startup_failure",
    ])
    .nullable(),
  ...timestamps,
});

/** What a run kept. Its bytes are a file of their own beside the state: `artifacts/<id>.zip`. */
export const Artifact = z.strictObject({
  id: z.int(),
  run: z.int(),
  name: z.string().min(1),
  /** Bytes. */
  size: z.int(),
  /** `sha256:<hex>` */
  digest: z.string(),
  /** Whether GitHub has thrown the bytes away. */
  expired: z.boolean(),
  ...timestamps,
});

export type WorkflowRun = z.infer<typeof WorkflowRun>;
export type Artifact = z.infer<typeof Artifact>;
