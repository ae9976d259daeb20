import { z } from "zod";
import { policyKey } from "./environment-inputs.ts";
import { ApiInput } from "./input-problems.ts";
import type { FoundEnvironment } from "./observe-environment.ts";
import { type Properties, without } from "./property-values.ts";

/** What an engine keeps of an environment, as GitHub had it when it was last looked at. */
export const RecordedEnvironment = z.object({
  repository: z.string(),
  environment: z.string(),
  policies: z.array(z.object({ kind: z.enum(["branch", "tag"]), pattern: z.string() })),
  users: z.array(z.string()),
  teams: z.array(z.string()),
  waitTimer: z.number(),
  preventSelfReview: z.boolean(),
  canAdminsBypass: z.boolean(),
  branchPolicy: z.enum(["custom", "protected", "none"]),
  repositoryId: z.number(),
  api: ApiInput,
  /** No known token might look: it is as it was recorded before. */
  unverified: z.literal(true).exactOptional(),
});
export type RecordedEnvironment = z.output<typeof RecordedEnvironment>;

/** GitHub's state in the place of the recorded one. */
export function asFound(recorded: RecordedEnvironment, found: FoundEnvironment): Properties {
  const { reviewers, policies, waitTimer, preventSelfReview, canAdminsBypass, branchPolicy } =
    found;
  const names = (wanted: "User" | "Team"): string[] =>
    reviewers.filter(({ type }) => type === wanted).map(({ name }) => name);
  const { repository, environment, repositoryId, api } = recorded;
  return {
    repository,
    environment,
    policies: asBefore(
      policies.map(({ kind, pattern }) => ({ kind, pattern })),
      recorded.policies,
      policyKey,
    ),
    users: asBefore(names("User"), recorded.users, (name) => name.toLowerCase()),
    teams: asBefore(names("Team"), recorded.teams, (name) => name.toLowerCase()),
    waitTimer,
    preventSelfReview,
    canAdminsBypass,
    branchPolicy,
    repositoryId,
    api,
  };
}

/** What was recorded and is still found, as it was recorded; then what came since, so that it shows by itself. */
function asBefore<T>(found: readonly T[], recorded: readonly T[], key: (item: T) => string): T[] {
  const keys = new Set(found.map(key));
  const before = new Set(recorded.map(key));
  return [
    ...recorded.filter((item) => keys.has(key(item))),
    ...found.filter((item) => !before.has(key(item))),
  ];
}

/** The part of it that a program can ask for. */
export function inputsIn(outputs: Properties): Properties {
  return without(outputs, "repositoryId", "unverified");
}
