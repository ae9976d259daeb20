import type { Step } from "../../engine/events.ts";

/** What is to be said of a change beside its name: what the engine says, or what its properties mean; undefined if nothing. */
export function noteOf({
  type,
  change,
  diff,
  note,
}: Pick<Step, "type" | "change" | "diff" | "note">): string | undefined {
  if (note !== undefined || type !== "slipway:index:EnvironmentSecret") return note;
  // GitHub gives no value back: that somebody wrote it shows in nothing but the time of its last change.
  const written = diff.find(({ path }) => path === "remoteUpdatedAt");
  const isOverwritten = change === "update" && written?.old !== undefined;
  return isOverwritten ? "somebody else wrote it; it is written again" : undefined;
}
