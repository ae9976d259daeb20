/* Whether an event starts a workflow. */
import { filterMatch } from "../../../support/ref-patterns.ts";
import type { Payload } from "./payloads.ts";
import type { Events } from "./workflow-tree.ts";

const PULL_REQUEST_TYPES = ["opened", "synchronize", "reopened"];

/**
 * @param changed paths of the files that a push changes; absent where GitHub has nothing to compare: then their filter lets it
 *   through
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
 */
export function starts(
  on: Events,
  event: string,
  payload: Payload,
  changed?: readonly string[],
): boolean {
  if (!(event in on)) return false;
  switch (event) {
    case "push":
      return pushStarts(on.push ?? {}, payload, changed);
    case "pull_request": {
      const { branches, types = PULL_REQUEST_TYPES } = on.pull_request ?? {};
      const base = payload.pull_request?.base.ref ?? "";
      return types.includes(payload.action ?? "") && passes(branches, base);
    }
    case "workflow_run": {
      const { workflows = [], types, branches } = on.workflow_run ?? {};
      const { name = "", head_branch: branch } = payload.workflow_run ?? {};
      return (
        workflows.includes(name) &&
        (types?.includes(payload.action ?? "") ?? true) &&
        passes(branches, branch ?? "")
      );
    }
    case "schedule":
      return on.schedule?.some(({ cron }) => cron === payload.schedule) ?? false;
    case "workflow_dispatch":
      return true;
    default:
      throw new Error(`the runner of the tests does not know the event ${event}`);
  }
}

function pushStarts(
  filters: NonNullable<Events["push"]>,
  { ref = "", deleted }: Payload,
  changed?: readonly string[],
): boolean {
  if (deleted === true) return false;
  const branch = /^refs\/heads\/(.+)$/s.exec(ref)?.[1];
  const tag = /^refs\/tags\/(.+)$/s.exec(ref)?.[1];
  const { branches, tags, paths } = filters;
  // One of the two filters alone lets nothing of the other kind through.
  if (branch !== undefined) {
    const isMeant = branches === undefined ? tags === undefined : passes(branches, branch);
    return isMeant && (changed?.some((path) => passes(paths, path)) ?? true);
  }
  // Paths of tags are not looked at.
  if (tag !== undefined) return tags === undefined ? branches === undefined : passes(tags, tag);
  return false;
}

function passes(patterns: readonly string[] | undefined, name: string): boolean {
  return patterns === undefined || filterMatch(patterns, name);
}
