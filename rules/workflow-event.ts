import { suggestion } from "./suggestion.ts";

/**
 * The events that start workflows of GitHub Actions.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
 */
const EVENTS: readonly string[] = [
  "branch_protection_rule",
  "check_run",
  "check_suite",
  "create",
  "delete",
  "deployment",
  "deployment_status",
  "discussion",
  "discussion_comment",
  "fork",
  "gollum",
  "image_version",
  "issue_comment",
  "issues",
  "label",
  "merge_group",
  "milestone",
  "page_build",
  "project",
  "project_card",
  "project_column",
  "public",
  "pull_request",
  "pull_request_review",
  "pull_request_review_comment",
  "pull_request_target",
  "push",
  "registry_package",
  "release",
  "repository_dispatch",
  "schedule",
  "status",
  "watch",
  "workflow_call",
  "workflow_dispatch",
  "workflow_run",
];

/** What is wrong with the name of an event; undefined when GitHub has it. */
export function eventProblem(event: string): string | undefined {
  if (EVENTS.includes(event)) return undefined;
  return `${JSON.stringify(event)} is no event that starts a workflow${suggestion(event, EVENTS)}; write e.g. push, workflow_dispatch or pull_request`;
}
