import { z } from "zod";
import { CommitHash } from "./store-names.ts";
import { timestamps } from "./store-times.ts";

/** What an app says of a commit. */
export const CheckRun = z.strictObject({
  id: z.int(),
  name: z.string(),
  headSha: CommitHash,
  /** Slug of the app that made it. */
  app: z.string(),
  externalId: z.string(),
  detailsUrl: z.string().nullable(),
  status: z.enum(["queued", "in_progress", "completed", "waiting", "requested", "pending"]),
  conclusion: z
    .enum([
      "action_required",
      "cancelled",
      "failure",
      "neutral",
      "success",
      "skipped",
      "stale",
      "timed_out",
    ])
    .nullable(),
  title: z.string().nullable(),
  summary: z.string().nullable(),
  text: z.string().nullable(),
  startedAt: z.string(),
  completedAt: z.string().nullable(),
  ...timestamps,
});

/** What somebody says of a commit in the older way. */
export const CommitStatus = z.strictObject({
  id: z.int(),
  sha: CommitHash,
  context: z.string(),
  state: z.enum(["error", "failure", "pending", "success"]),
  targetUrl: z.string().nullable(),
  description: z.string().nullable(),
  /** Login of who said it. */
  creator: z.string(),
  ...timestamps,
});

export type CheckRun = z.infer<typeof CheckRun>;
export type CommitStatus = z.infer<typeof CommitStatus>;
