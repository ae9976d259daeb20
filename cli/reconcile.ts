import { UserError } from "../rules/problems.ts";
import { chooseEngine, type EngineName } from "./engine-choice.ts";
import { explainInterruption } from "./interruption.ts";
import { runEmbedded } from "./embedded.ts";
import { Heartbeat } from "./print/heartbeat.ts";
import { runJson } from "./print/run-json.ts";
import { outputsText } from "./print/outputs-text.ts";
import { changesText, progressLine, summaryText } from "./print/run-text.ts";
import { type PulumiOperation, pulumiArguments, runPulumi } from "./pulumi.ts";
import { PROJECT_ROOT } from "./project-root.ts";

export interface ReconcileOptions {
  readonly stack: string;
  readonly engine: EngineName | "auto";
  readonly json?: boolean;
  readonly yes?: boolean;
  readonly refresh?: boolean;
  readonly verbose?: boolean;
  /** Of `up`: the commit that the run is for, the checked-out one without it. */
  readonly commit?: string;
}

/** Does an operation on a stack under the engine asked for and tells what happened. Returns the exit code. */
export async function reconcile(
  operation: PulumiOperation,
  options: ReconcileOptions,
): Promise<number> {
  const engine = await chooseEngine(options.engine, options.stack);
  if (operation === "up") {
    const { olderCommit } = await import("./publishing/older-commit.ts");
    const older = await olderCommit(options.stack, engine, options.commit);
    if (older !== undefined) {
      const { json, stack } = options;
      console.log(json === true ? JSON.stringify({ engine, operation, stack, older }) : older);
      return 0;
    }
  }
  if (engine === "pulumi") {
    if (options.json !== true) {
      console.log(`${operation} of stack ${options.stack} by the Pulumi CLI`);
    }
    return runPulumi(PROJECT_ROOT, pulumiArguments(operation, options));
  }
  if (operation === "destroy" && options.yes !== true) {
    throw new UserError(
      `destroy deletes everything that stack ${options.stack} declares; if that is meant: slipway destroy --stack ${options.stack} --yes`,
    );
  }
  return reconcileEmbedded(operation, options);
}

async function reconcileEmbedded(
  operation: PulumiOperation,
  { stack, json = false, verbose = false, refresh }: ReconcileOptions,
): Promise<number> {
  const say = json ? () => undefined : (line: string) => console.log(line);
  say(`${operation} of stack ${stack} by the embedded engine`);
  const started = performance.now();
  explainInterruption();
  const heartbeat = new Heartbeat(say);
  const result = await runEmbedded(stack, operation, {
    ...(refresh !== undefined && { refresh }),
    onEvent: (event) => {
      heartbeat.event(event);
      const line = progressLine(event);
      if (line !== undefined) say(line);
    },
    onBuildProgress: (line) => {
      heartbeat.buildLine(line);
      if (verbose) say(`    ${line}`);
    },
  }).finally(() => heartbeat.stop());
  if (json) {
    console.log(runJson(result, "embedded"));
    return result.ok ? 0 : 1;
  }
  if (operation === "preview") {
    const changes = changesText(result, { properties: false });
    if (changes !== "") say(changes);
  }
  if (operation === "up" && result.ok) say(`\nOutputs\n${outputsText(result.outputs)}`);
  say(`\n${summaryText(result, (performance.now() - started) / 1000)}`);
  return result.ok ? 0 : 1;
}
