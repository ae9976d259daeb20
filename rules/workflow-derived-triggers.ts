import type { Scheme } from "./names.ts";
import { publication, workflowTriggers } from "./refs.ts";
import type { Served } from "./workflow-derived.ts";
import {
  isSame,
  PINS_WORKFLOW,
  PLANNING_WORKFLOW,
  PUBLISHING_WORKFLOW,
} from "./workflow-derived-names.ts";
import {
  type Edit,
  findingAt,
  mapOf,
  type TreeFile,
  type TreeFinding,
  triggersOf,
  type YamlPath,
} from "./workflow-tree.ts";

/**
 * The only filter by paths that a publishing workflow may have: with it a push starts nothing when it changes documents
 * alone, of which no image and no stack is made. Their order counts, since the last pattern that matches decides.
 */
const PUBLISHED_PATHS = ["**", "!docs/**", "!*.md"];

/** The publishing workflow starts for the refs that rules/refs.ts publishes, and for no other event. */
export function triggerFindings(
  files: readonly TreeFile[],
  { families, stacks }: Served,
): readonly TreeFinding[] {
  const file = files.find((one) => one.file === PUBLISHING_WORKFLOW);
  if (file === undefined) return [missingWorkflow(stacks)];
  const wanted = workflowTriggers(families.map(({ scheme }) => scheme));
  const triggers = triggersOf(file);
  const isMap =
    typeof mapOf(file.root)["on"] === "object" && !Array.isArray(mapOf(file.root)["on"]);
  const findings: TreeFinding[] = [];
  const add = (path: YamlPath, message: string, remedy: string, edits: readonly Edit[]) => {
    findings.push(findingAt(file, path, { rule: "triggers", message, remedy }, isMap ? edits : []));
  };
  const push = mapOf(triggers["push"]);
  const hasPush = Object.keys(push).length > 0;
  for (const key of ["branches", "tags"] as const) {
    const path = ["on", "push", key];
    const now = listOf(push[key]);
    const then = wanted.push[key];
    if (now !== undefined ? isSame(now, then) : then.length === 0 && push[key] === undefined) {
      continue;
    }
    const remedy =
      then.length === 0
        ? `take on.push.${key} out`
        : `write on.push.${key}: ${JSON.stringify(then)}`;
    const edit: Edit =
      then.length === 0 ? { kind: "remove", path } : { kind: "set", path, value: then };
    add(
      path,
      `starts on a push of the ${key} ${shown(push[key])}; the rule publishes ${then.length === 0 ? "none" : shown(then)}`,
      remedy,
      hasPush ? [edit] : [],
    );
  }
  const dispatch = Object.hasOwn(triggers, "workflow_dispatch");
  if (dispatch !== wanted.workflow_dispatch) {
    const path = ["on", "workflow_dispatch"];
    add(
      path,
      dispatch
        ? "may be dispatched; the rule publishes no dispatched run"
        : "cannot be dispatched; the rule publishes dispatched runs",
      dispatch ? "take on.workflow_dispatch out" : "write workflow_dispatch: under on:",
      [dispatch ? { kind: "remove", path } : { kind: "set", path, value: null }],
    );
  }
  for (const event of Object.keys(triggers)) {
    if (["push", "workflow_dispatch"].includes(event)) continue;
    const path = ["on", event];
    add(path, `starts on ${event}, which never publishes`, `take on.${event} out`, [
      { kind: "remove", path },
    ]);
  }
  for (const key of Object.keys(push)) {
    if (["branches", "tags"].includes(key)) continue;
    if (key === "paths" && isDocumentsFilter(push[key])) continue;
    const path = ["on", "push", key];
    add(
      path,
      `filters pushes by ${key}, so that a ref which publishes may start nothing`,
      `take on.push.${key} out${key === "paths" ? `, or write on.push.paths: ${JSON.stringify(PUBLISHED_PATHS)}` : ""}`,
      [{ kind: "remove", path }],
    );
  }
  return findings;
}

function isDocumentsFilter(paths: unknown): boolean {
  const patterns = listOf(paths) ?? [];
  return (
    patterns.length === PUBLISHED_PATHS.length &&
    patterns.every((pattern, index) => pattern === PUBLISHED_PATHS[index])
  );
}

/** What is done for pull requests, by the workflow that does it. */
const FOR_PULL_REQUESTS: Readonly<Record<string, string>> = {
  [PLANNING_WORKFLOW]: "previews",
  [PINS_WORKFLOW]: "checks the pins of",
};

/** Pull requests for the branches that have a stack get a preview, and their pins checked. */
export function pullRequestTriggerFindings(
  files: readonly TreeFile[],
  { families }: Pick<Served, "families">,
): readonly TreeFinding[] {
  return files.flatMap((file) => {
    const does = FOR_PULL_REQUESTS[file.file];
    return does === undefined ? [] : branchFindings(file, does, families);
  });
}

function branchFindings(
  file: TreeFile,
  does: string,
  families: Served["families"],
): readonly TreeFinding[] {
  const schemes = [...new Set(families.map(({ scheme }) => scheme))];
  const then = workflowTriggers(schemes).push.branches.filter((filter) =>
    schemes.some((scheme) => hasStack(scheme, filter)),
  );
  const path = ["on", "pull_request", "branches"];
  const triggers = mapOf(triggersOf(file)["pull_request"]);
  const now = listOf(triggers["branches"]);
  if (now !== undefined && isSame(now, then)) return [];
  return [
    findingAt(
      file,
      path,
      {
        rule: "triggers",
        message: `${does} pull requests for the branches ${shown(triggers["branches"])}; ${then.join(", ")} ${then.length === 1 ? "has" : "have"} a stack`,
        remedy: `write on.pull_request.branches: ${JSON.stringify(then)}`,
      },
      Object.keys(triggers).length > 0 ? [{ kind: "set", path, value: then }] : [],
    ),
  ];
}

/** Whether a push on a branch that a filter admits is one of a branch with a stack. */
function hasStack(scheme: Scheme, filter: string): boolean {
  const home = "owner/name";
  const ref = `refs/heads/${filter.replace(/\*+/g, "1")}`;
  const run = { event: "push", ref, repository: home, headRepository: home };
  const published = publication(scheme, run, home);
  return published.publish && published.hasStack;
}

function missingWorkflow(stacks: readonly string[]): TreeFinding {
  return {
    file: PUBLISHING_WORKFLOW,
    line: 1,
    rule: "triggers",
    message: `is not there; it publishes ${stacks.join(", ")}`,
    remedy: `take it from Slipway`,
    edits: [],
  };
}

function listOf(value: unknown): readonly string[] | undefined {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? value.map(String) : undefined;
}

function shown(value: unknown): string {
  if (value === undefined) return "of any name";
  return Array.isArray(value) ? value.join(", ") : JSON.stringify(value);
}
