import { loadProject } from "../engine/project.ts";
import { otherBranchProblem } from "../rules/channel-stack.ts";
import { MAIN_BRANCH } from "../rules/names.ts";
import { UserError } from "../rules/problems.ts";
import { chooseEngine, type EngineName } from "./engine-choice.ts";
import { explainInterruption } from "./interruption.ts";
import { runEmbedded } from "./embedded.ts";
import { Heartbeat } from "./print/heartbeat.ts";
import { runJson } from "./print/run-json.ts";
import { outputsText } from "./print/outputs-text.ts";
import { changesText, progressLine, summaryText, unexpectedText } from "./print/run-text.ts";
import type { UnbuiltImages } from "./publishing/unbuilt-images.ts";
import { pulumiBackendOf, type PulumiOperation, pulumiArguments, runPulumi } from "./pulumi.ts";
import { PROJECT_ROOT } from "./project-root.ts";

export interface ReconcileOptions {
  readonly stack: string;
  readonly engine: EngineName | "auto";
  readonly json?: boolean;
  readonly yes?: boolean;
  readonly refresh?: boolean;
  readonly verbose?: boolean;
  /** Of `preview`: whether a change is a fault. */
  readonly expectNoChanges?: boolean;
  /** Of `preview` and `up`: whether images whose content no registry has are left as they are. */
  readonly onlyBuilt?: boolean;
  /** Of `up`: the commit that the run is for, the checked-out one without it. */
  readonly commit?: string;
  /** Of `up`: whether it goes on when the channel was published for a later commit. */
  readonly evenIfOlder?: boolean;
}

/** How an operation ended. */
interface Ending {
  readonly exitCode: number;
  /** What `--json` prints; absent where the Pulumi CLI printed it already. */
  readonly json?: (more: Readonly<Record<string, unknown>>) => string;
}

/** Does an operation on a stack under the engine asked for and tells what happened. Returns the exit code. */
export async function reconcile(
  operation: PulumiOperation,
  options: ReconcileOptions,
): Promise<number> {
  if (operation === "up") await refuseOtherBranch(options.stack);
  const engine = await chooseEngine(options.engine, options.stack);
  if (operation === "up" && options.evenIfOlder !== true) return upUnlessOlder(engine, options);
  if (operation === "preview") {
    return options.expectNoChanges === true
      ? previewOfNothing(engine, options)
      : previewWithGuard(engine, options);
  }
  if (operation === "destroy" && engine === "embedded" && options.yes !== true) {
    throw new UserError(
      `destroy deletes everything that stack ${options.stack} declares; if that is meant: slipway destroy --stack ${options.stack} --yes`,
    );
  }
  return end(await run(operation, engine, options));
}

/** @throws UserError in a workflow of GitHub that runs for another ref than the stack's; the local cloud is nobody else's. */
async function refuseOtherBranch(name: string): Promise<void> {
  const { GITHUB_ACTIONS, GITHUB_REF } = process.env;
  if (GITHUB_ACTIONS !== "true") return;
  const { config } = await loadProject(PROJECT_ROOT, name);
  if (config["slipway:local"] === "true") return;
  const stack = { name, channel: config["slipway:channel"] ?? MAIN_BRANCH };
  const problem = otherBranchProblem(GITHUB_REF, stack);
  if (problem !== undefined) throw new UserError(problem);
}

async function upUnlessOlder(engine: EngineName, options: ReconcileOptions): Promise<number> {
  const { stack, commit, json = false } = options;
  const { CommitGuard } = await import("./publishing/older-commit.ts");
  const guard = await CommitGuard.open(stack, engine, commit);
  const older = await guard?.older();
  if (older !== undefined) {
    console.log(json ? JSON.stringify({ engine, operation: "up", stack, older }) : older);
    return 0;
  }
  const ending = await run("up", engine, options);
  // A failed run may have moved names as well.
  const overtaken = await guard?.overtaken();
  const exitCode = end(ending, { overtaken });
  if (overtaken === undefined) return exitCode;
  console.error(`error: ${overtaken}`);
  return Math.max(exitCode, 1);
}

/**
 * A preview that must not show a change. The commit of a run that came late declares an older state than the one that is
 * there, which `up` left alone.
 */
async function previewOfNothing(engine: EngineName, options: ReconcileOptions): Promise<number> {
  const { stack, json = false } = options;
  const { CommitGuard } = await import("./publishing/older-commit.ts");
  const older = await (await CommitGuard.open(stack, engine))?.older();
  if (older === undefined) return end(await run("preview", engine, options));
  const operation = "preview";
  console.log(
    json ? JSON.stringify({ engine, operation, stack, older }) : `not looked at: ${older}`,
  );
  return 0;
}

/** Shows the preview whatever the guard of `up` says, and then what that is. */
async function previewWithGuard(engine: EngineName, options: ReconcileOptions): Promise<number> {
  const { CommitGuard } = await import("./publishing/older-commit.ts");
  const look = CommitGuard.open(options.stack, engine)
    .then((guard) => guard?.older())
    .then((older) => (older === undefined ? {} : { older, line: `up would do nothing: ${older}` }))
    .catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      return { refused: error.message, line: `up would refuse: ${error.message}` };
    });
  // Awaited after the preview, which then shows its own faults first; nobody is to be told of a rejection before.
  look.catch(() => undefined);
  const ending = await run("preview", engine, options);
  const { line, ...found } = { line: undefined, ...(await look) };
  const exitCode = end(ending, found);
  if (line !== undefined && options.json !== true && exitCode === 0) console.log(line);
  return exitCode;
}

/** Prints what is left to print. Returns the exit code. */
function end({ exitCode, json }: Ending, more: Readonly<Record<string, unknown>> = {}): number {
  if (json !== undefined) console.log(json(more));
  return exitCode;
}

async function run(
  operation: PulumiOperation,
  engine: EngineName,
  options: ReconcileOptions,
): Promise<Ending> {
  const unbuilt = options.onlyBuilt === true ? await findUnbuilt(engine, options) : undefined;
  if (engine === "embedded") return runOwn(operation, options, unbuilt);
  const backend = await pulumiBackendOf(PROJECT_ROOT, options.stack);
  if (options.json !== true) {
    console.log(`${operation} of stack ${options.stack} by the Pulumi CLI, ${backend.told}`);
  }
  const args = pulumiArguments(operation, { ...options, exclude: unbuilt?.urns ?? [] });
  return { exitCode: await runPulumi(PROJECT_ROOT, args, backend) };
}

/** Looks for images that would have to be built, and tells them where the engine's JSON does not. */
async function findUnbuilt(
  engine: EngineName,
  { stack, json = false }: ReconcileOptions,
): Promise<UnbuiltImages> {
  const { unbuiltImages } = await import("./publishing/unbuilt-images.ts");
  const unbuilt = await unbuiltImages(stack);
  if (json && engine === "embedded") return unbuilt;
  // The Pulumi CLI's JSON is left as it is.
  const say = (line: string): void => (json ? console.error(line) : console.log(line));
  for (const { image, reason } of unbuilt.left) say(`left as it is: ${image}: ${reason}`);
  for (const { image, reason } of unbuilt.untold) {
    say(`counts as built, for a registry does not tell: ${image}: ${reason}`);
  }
  return unbuilt;
}

async function runOwn(
  operation: PulumiOperation,
  { stack, json = false, verbose = false, refresh, expectNoChanges }: ReconcileOptions,
  unbuilt?: UnbuiltImages,
): Promise<Ending> {
  const say = json ? () => undefined : (line: string) => console.log(line);
  say(`${operation} of stack ${stack} by the embedded engine`);
  const started = performance.now();
  explainInterruption();
  const heartbeat = new Heartbeat(say);
  const result = await runEmbedded(stack, operation, {
    ...(refresh !== undefined && { refresh }),
    ...(unbuilt !== undefined && { exclude: unbuilt.urns }),
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
  const unexpected = expectNoChanges === true && result.ok ? unexpectedText(result) : undefined;
  if (unexpected !== undefined) console.error(`error: ${unexpected}`);
  const exitCode = result.ok && unexpected === undefined ? 0 : 1;
  if (json) {
    const found = unbuilt && { left: unbuilt.left, untold: unbuilt.untold };
    return { exitCode, json: (more) => runJson(result, "embedded", { ...found, ...more }) };
  }
  if (operation === "preview") {
    const changes = changesText(result, { properties: false });
    if (changes !== "") say(changes);
  }
  if (operation === "up" && result.ok) say(`\nOutputs\n${outputsText(result.outputs)}`);
  say(`\n${summaryText(result, (performance.now() - started) / 1000)}`);
  return { exitCode };
}
