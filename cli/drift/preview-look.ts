import type { Failure, RunResult, Step } from "../../engine/events.ts";
import { topLevel } from "../../engine/property-diff.ts";
import type { DriftFinding, DriftLook } from "../../rules/drift-report.ts";
import { runEmbedded } from "../embedded.ts";
import { chooseEngine, type EngineName } from "../engine-choice.ts";
import { noteOf } from "../print/changes-note.ts";
import { Heartbeat } from "../print/heartbeat.ts";
import { progressLine } from "../print/run-text.ts";
import { PROJECT_ROOT } from "../project-root.ts";
import { isForUsers } from "../user-fault.ts";
import { changeFinding } from "./change-finding.ts";
import { lookByPulumi } from "./pulumi-preview.ts";

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
      return await lookByPulumi(PROJECT_ROOT, stack);
    }
    const result = await runEmbedded(stack, "preview", {
      onEvent: (event) => {
        heartbeat.event(event);
        const line = progressLine(event);
        if (line !== undefined) say(line);
      },
    });
    return previewLook(result);
  } finally {
    heartbeat.stop();
  }
}

/** What a preview would change, by names: of properties no value is told, secret or not. */
export function previewLook({
  steps,
  failures,
  skipped,
}: Pick<RunResult, "steps" | "failures" | "skipped">): DriftLook {
  const unreached = skipped.length === 0 ? [] : [`not reached: ${namesOf(skipped)}`];
  return {
    findings: steps.flatMap((step) =>
      step.kind === "resource" && step.change !== "same" ? [findingOf(step)] : [],
    ),
    unasked: [...failures.map(reasonOf), ...unreached],
  };
}

/** Inputs of Slipway's own resources by which a run reaches GitHub and the registries: another token is no drift. */
const ACCESS: ReadonlySet<string> = new Set(["api", "credentials"]);

function findingOf(step: Step): DriftFinding {
  const isOwn = step.type.startsWith("slipway:");
  const all = [...new Set(step.diff.map(({ path }) => path))];
  const paths = all.filter((path) => !(isOwn && ACCESS.has(topLevel(path))));
  return changeFinding(step, paths, noteOf(step));
}

function reasonOf({ name, message, error }: Failure): string {
  const what = name === undefined || message.startsWith(name) ? "" : `${name}: `;
  if (isForUsers(error)) return `${what}${message}`;
  return `${what}${message.split("\n", 1)[0] ?? ""}`;
}

function namesOf(resources: RunResult["skipped"]): string {
  return [...new Set(resources.map(({ name }) => name))].join(", ");
}
