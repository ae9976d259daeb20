import { tellsBypassActors } from "../../github/rulesets.ts";
import {
  type PreviewedChange,
  RULESET_TYPE,
  splitChanges,
  withoutBypassActors,
} from "../../rules/drift-changes.ts";
import type { DriftFinding, DriftLook } from "../../rules/drift-report.ts";
import { explaining, githubOf } from "../github-access.ts";
import { stackConfiguration } from "../stack-configuration.ts";
import { isForUsers } from "../user-fault.ts";
import { changeFinding } from "./change-finding.ts";
import type { Previewed } from "./previewed.ts";
import { waitingChanges, type WaitingChanges } from "./waiting-changes.ts";

/** What else is known of a preview. */
export interface PreviewContext {
  /** Whether GitHub does not tell this token who goes past rulesets. */
  readonly hidesBypassActors: boolean;
  /** What waits for an apply, or why that is not known; absent where nothing would change. */
  readonly waiting?: WaitingChanges | { readonly none: string };
}

/** Asks what has to be known of a preview, and only that. */
export async function judgePreview(stack: string, previewed: Previewed): Promise<DriftLook> {
  const unasked: string[] = [];
  let hidesBypassActors = false;
  if (previewed.types.has(RULESET_TYPE)) {
    try {
      hidesBypassActors = !(await asksBypassActors(stack));
    } catch (error) {
      unasked.push(`who goes past rulesets: ${wordsFor(error)}`);
    }
  }
  const left = hidesBypassActors ? withoutBypassActors(previewed.changes) : previewed.changes;
  const waiting = left.length > 0 ? await known(() => waitingChanges(stack)) : undefined;
  const look = previewLook(previewed, {
    hidesBypassActors,
    ...(waiting !== undefined && { waiting }),
  });
  return { ...look, unasked: [...(look.unasked ?? []), ...unasked] };
}

/** What a preview shows, by what else is known. */
export function previewLook(
  { changes, findings, unasked }: Previewed,
  { hidesBypassActors, waiting }: PreviewContext,
): DriftLook {
  const told = hidesBypassActors ? withoutBypassActors(changes) : changes;
  const since = waiting !== undefined && "since" in waiting ? waiting : undefined;
  const split = splitChanges(told, since?.changes ?? []);
  const notes: DriftFinding[] = split.waiting.map((one) => ({
    subject: one.name,
    message: `waiting to be applied since ${since?.since ?? ""}: ${findingOf(one).message}`,
  }));
  if (hidesBypassActors) notes.push(BYPASS_NOTE);
  if (waiting !== undefined && "none" in waiting) {
    const message = `what is only waiting to be applied cannot be told from drift: ${waiting.none}`;
    notes.push({ subject: "snapshot", message });
  }
  return { findings: [...split.drift.map(findingOf), ...findings], notes, unasked };
}

const BYPASS_NOTE: DriftFinding = {
  subject: "rulesets",
  message:
    "who goes past a ruleset could not be asked: GitHub tells it only to who may write rulesets",
  remedy:
    "now and then slipway preview by somebody who may write the repository's Administration; it shows bypassActors",
};

function findingOf(one: PreviewedChange): DriftFinding {
  return changeFinding(one, one.paths, one.note);
}

async function asksBypassActors(stack: string): Promise<boolean> {
  const { configuration } = await stackConfiguration(stack);
  const github = await githubOf(configuration, "rulesets");
  return explaining("to read Metadata", () => tellsBypassActors(github, configuration.repository));
}

async function known<T>(ask: () => Promise<T>): Promise<T | { readonly none: string }> {
  try {
    return await ask();
  } catch (error) {
    return { none: wordsFor(error) };
  }
}

/** @throws what is no fault of a user's */
function wordsFor(error: unknown): string {
  if (isForUsers(error) && error instanceof Error) return error.message;
  throw error;
}
