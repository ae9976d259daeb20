import type { Failure, RunResult, Step } from "../../engine/events.ts";
import { topLevel } from "../../engine/property-diff.ts";
import type { PreviewedChange } from "../../rules/drift-changes.ts";
import type { DriftLook } from "../../rules/drift-report.ts";
import { runEmbedded } from "../embedded.ts";
import { chooseEngine, type EngineName } from "../engine-choice.ts";
import { noteOf } from "../print/changes-note.ts";
import { Heartbeat } from "../print/heartbeat.ts";
import { progressLine } from "../print/run-text.ts";
import { PROJECT_ROOT } from "../project-root.ts";
import { isForUsers } from "../user-fault.ts";
import { judgePreview } from "./preview-judgement.ts";
import type { Previewed } from "./previewed.ts";
import { previewByPulumi } from "./pulumi-preview.ts";

/** Previews a stack after a refresh: `up` would have to change nothing. */
export async function lookByPreview(
  stack: string,
  asked: EngineName | "auto",
  say: (line: string) => void,
): Promise<DriftLook> {
  const engine = await chooseEngine(asked, stack);
  say(
    `preview of stack ${stack} by ${engine === "embedded" ? "the embedded engine" : "the Pulumi CLI"}`,
  );
  const heartbeat = new Heartbeat(say);
  try {
    if (engine === "pulumi") {
      heartbeat.start("pulumi preview");
      return await judgePreview(stack, await previewByPulumi(PROJECT_ROOT, stack));
    }
    const result = await runEmbedded(stack, "preview", {
      onEvent: (event) => {
        heartbeat.event(event);
        const line = progressLine(event);
        if (line !== undefined) say(line);
      },
    });
    return await judgePreview(stack, previewedByEngine(result));
  } finally {
    heartbeat.stop();
  }
}

/** What a run of the embedded engine would change: of properties no value is told, secret or not. */
export function previewedByEngine({
  steps,
  failures,
  skipped,
}: Pick<RunResult, "steps" | "failures" | "skipped">): Previewed {
  const unreached = skipped.length === 0 ? [] : [`not reached: ${namesOf(skipped)}`];
  return {
    changes: steps.flatMap((step) =>
      step.kind === "resource" && step.change !== "same" ? [changeOf(step)] : [],
    ),
    findings: [],
    unasked: [...failures.map(reasonOf), ...unreached],
    types: new Set(steps.map(({ type }) => type)),
  };
}

/** Inputs of Slipway's own resources by which a run reaches GitHub and the registries: another token is no drift. */
const ACCESS: ReadonlySet<string> = new Set(["api", "credentials"]);

function changeOf(step: Step): PreviewedChange {
  const { change, type, name } = step;
  const isOwn = type.startsWith("slipway:");
  const all = [...new Set(step.diff.map(({ path }) => path))];
  const paths = all.filter((path) => !(isOwn && ACCESS.has(topLevel(path))));
  const note = noteOf(step);
  return { change, type, name, paths, ...(note !== undefined && { note }) };
}

function reasonOf({ name, message, error }: Failure): string {
  const what = name === undefined || message.startsWith(name) ? "" : `${name}: `;
  if (isForUsers(error)) return `${what}${message}`;
  return `${what}${message.split("\n", 1)[0] ?? ""}`;
}

function namesOf(resources: RunResult["skipped"]): string {
  return [...new Set(resources.map(({ name }) => name))].join(", ");
}
