import pLimit from "p-limit";
import { resumeCreations } from "./creation.ts";
import { deleteAll, generalUnprotectHint, refuseProtected } from "./deletion.ts";
import { Exclusion } from "./exclusion.ts";
import type { EngineEvent, Operation, RunResult, StackOutputs } from "./events.ts";
import type { Monitor, ProgramEnd, Registration } from "./monitor.ts";
import { PlanMonitor } from "./plan.ts";
import type { Project } from "./project.ts";
import { Providers, packageOfProvider } from "./providers.ts";
import type { Packages } from "./providers.ts";
import { Reconciler } from "./reconciler.ts";
import { refreshAll } from "./refresh.ts";
import { Report, shownOutputs } from "./report.ts";
import type { RunContext } from "./run-context.ts";
import { rootType, runProgram } from "./sdk.ts";
import { Snapshot } from "./state.ts";
import type { StackState } from "./state.ts";
import type { PropertyMap } from "./values.ts";

/** Loads the program and gives its stack outputs: `() => import("../index.ts")`. */
export type Program = () => Promise<unknown>;

export interface RunOptions {
  readonly project: Project;
  readonly operation: Operation;
  /** Not called by `refresh` and `destroy`. */
  readonly program: Program;
  readonly packages: Packages;
  /** Absolute path; its key and lock lie beside it. A plan does not touch it. */
  readonly stateFile: string;
  /** Whether `preview`, `up` and `destroy` look at each resource first; yes unless told not to. */
  readonly refresh?: boolean;
  /**
   * URNs of resources that `preview` and `up` leave as they are, recorded or not, with all that depends on them: neither
   * looked at, made, changed nor deleted.
   */
  readonly exclude?: readonly string[];
  /** How many calls of providers may run at once; 16. */
  readonly parallel?: number;
  /** How to delete something protected after all, where the caller can say it better than in terms of the program. */
  readonly unprotectHint?: RunContext["unprotectHint"];
  readonly onEvent?: (event: EngineEvent) => void;
  /** Told of each resource of a plan, the stack and components too, with its secrets in their envelopes. */
  readonly onDeclared?: (declared: Registration) => void;
}

const defaultParallel = 16;
const nothingDeleted = "nothing was deleted, because the run failed";

/**
 * Does one operation on a stack.
 *
 * Runs one program at a time in a process, and `index.ts` once: a second import finds it in the module cache and
 * registers nothing.
 *
 * @returns What was done or would be; faults of resources and of the program are in it, and `ok` is false then.
 * @throws {UserError} when nothing was begun: the state is locked or damaged, or a destroy meets protected resources.
 */
export async function runStack(options: RunOptions): Promise<RunResult> {
  const { operation, project, onEvent = () => undefined } = options;
  const planning = operation === "plan" || operation === "preview";
  const report = new Report(planning, onEvent);
  const owner = { project: project.name, stack: project.stack };
  if (operation === "plan") {
    report.programEnded(await runUnder(new PlanMonitor(report, options.onDeclared), options));
    return report.result(operation, owner);
  }
  // A plan starts in half the time without these.
  const [{ StateFile }, { lockState }] = await Promise.all([
    import("./state-file.ts"),
    import("./state-lock.ts"),
  ]);
  const unlock = planning ? undefined : await lockState(options.stateFile);
  try {
    if (!planning) await StateFile.sweep(options.stateFile);
    const { file, state } = await StateFile.open(options.stateFile, owner);
    const snapshot = new Snapshot(state, planning ? async () => undefined : (s) => file.write(s));
    const context: RunContext = {
      snapshot,
      report,
      providers: recordedProviders(state, options.packages),
      limit: pLimit(options.parallel ?? defaultParallel),
      refresh: options.refresh ?? true,
      replacing: new Set(),
      exclusion: new Exclusion(options.exclude),
      planning,
      unprotectHint: options.unprotectHint ?? generalUnprotectHint,
    };
    if (operation === "destroy") {
      await resumeCreations(context);
      await destroy(context);
    } else if (operation === "refresh") {
      await resumeCreations(context);
      await refreshAll(context);
    } else {
      await reconcile(context, options);
    }
    return report.result(operation, owner);
  } finally {
    await unlock?.();
  }
}

/**
 * The outputs that the last `up` left, in shown form; they need no key, for secrets are not in it.
 *
 * @returns undefined when the stack was never applied.
 */
export async function readOutputs(stateFile: string): Promise<StackOutputs | undefined> {
  const { readState } = await import("./state-file.ts");
  const stack = (await readState(stateFile))?.resources.find(({ type }) => type === rootType);
  return stack && shownOutputs(stack.outputs);
}

async function reconcile(context: RunContext, options: RunOptions): Promise<void> {
  const { snapshot, report } = context;
  const reconciler = new Reconciler(context);
  report.programEnded(await runUnder(reconciler, options));
  // What an interrupted run made and the program does not declare any more has to go, too.
  if (report.ok) await resumeCreations(context);
  const kept = context.exclusion.kept(snapshot.resources);
  const left = snapshot.resources.filter((r) => {
    if (kept.has(r)) return false;
    // A preview has told a replacement already; nothing of it is left to tell.
    if (r.replaced) return !(context.planning && context.replacing.has(r.urn));
    return !reconciler.declares(r.urn);
  });
  if (!report.ok) {
    // What a failed or half-run program did not declare may still be wanted.
    if (left.length > 0) report.note(nothingDeleted);
  } else {
    try {
      refuseProtected(left, { what: "no longer declaring them", cause: "undeclared" }, context);
      await deleteAll(left, context);
    } catch (error) {
      report.fail(error);
    }
  }
  const told = reconciler.stackOutputs;
  const stack = told && snapshot.find(told.urn);
  if (report.ok && told && stack) await snapshot.put({ ...stack, outputs: told.outputs });
  report.outputs((report.ok ? told?.outputs : undefined) ?? lastOutputs(context));
}

async function destroy(context: RunContext): Promise<void> {
  refuseProtected(context.snapshot.resources, { what: "destroy", cause: "destroy" }, context);
  if (context.report.ok) {
    await deleteAll(context.snapshot.resources, context);
  } else {
    // The next run looks again for what an interrupted one made, and needs the record of its provider for that.
    context.report.note(nothingDeleted);
  }
  context.report.outputs(lastOutputs(context));
}

function lastOutputs({ snapshot }: RunContext): PropertyMap {
  return snapshot.resources.find(({ type }) => type === rootType)?.outputs ?? {};
}

function runUnder(
  monitor: Monitor,
  { project, operation, program }: RunOptions,
): Promise<ProgramEnd> {
  const { name, stack, config, secretKeys } = project;
  const preview = operation !== "up";
  return runProgram({ project: name, stack, preview, config, secretKeys }, monitor, program);
}

/** Providers as the last run left them: what is deleted or read may be declared no more. */
function recordedProviders(state: StackState, packages: Packages): Providers {
  const providers = new Providers(packages);
  for (const { urn, type, inputs } of state.resources) {
    const pack = packageOfProvider(type);
    if (pack !== undefined) providers.declare(urn, pack, inputs);
  }
  return providers;
}
