import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import protocol from "@pulumi/pulumi/proto/resource_pb.js";
import type {
  RegisterResourceOutputsRequest,
  RegisterResourceRequest,
  ResourceInvokeRequest,
} from "@pulumi/pulumi/proto/resource_pb.js";
import { UserError } from "../rules/problems.ts";
import { messageOf, unsupportedText } from "./messages.ts";
import type {
  Monitor,
  ProgramEnd,
  ProgramOptions,
  Registered,
  Registration,
  Skipped,
} from "./monitor.ts";
import type { PropertyMap } from "./values.ts";

/*
 * Everything of @pulumi/pulumi that its documentation does not promise is used in this file and nowhere else:
 * setMockOptions, runInPulumiStack, waitForRPCs, the store's pending registrations, the methods of the resource monitor
 * and the getters of its messages. test/engine/sdk.test.ts fails when one of them moves.
 */

class Deferred {
  resolve: () => void = () => undefined;
  readonly promise = new Promise<void>((resolve) => {
    this.resolve = resolve;
  });
}

type Answer<T> = (error: { details: string; message: string } | null, answer?: T) => void;
type Rejection = (reason: unknown, promise: Promise<unknown>) => void;

/**
 * Runs a program under a monitor and waits until all it started has ended.
 *
 * A resource that failed is answered with the protocol's result `FAIL`: the SDK then rejects the resource's outputs, so
 * that what depends on it is never registered while everything else goes on. Each of these rejections is unhandled in the
 * SDK, about twenty a resource, and the first would end the process in the middle of an apply. Until the run is over this
 * function therefore is the only listener to unhandled rejections: echoes of a failure that the engine already knows are
 * dropped, everything else is the program's error. Leaving a failed registration without an answer would be silent too,
 * but then nothing tells when the program has ended.
 *
 * Some faults of a program (an option that the SDK itself refuses) leave outputs behind that never resolve. Once the
 * program is at fault the run is therefore also over when everything stands still.
 *
 * A resource that is made in an `apply` which itself waits for something outside the program is not waited for.
 *
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/nodejs/cmd/run/run.ts which listens in the same way
 */
export async function runProgram(
  options: ProgramOptions,
  monitor: Monitor,
  program: () => Promise<unknown>,
): Promise<ProgramEnd> {
  const bridge = new Bridge(options, monitor);
  pulumi.runtime.setMockOptions(
    bridge,
    options.project,
    options.stack,
    options.preview,
    "organization", // what every state backend but Pulumi's own service answers
  );
  pulumi.runtime.setAllConfig({ ...options.config }, [...(options.secretKeys ?? [])]);
  const skipped = watchSkipped();

  const errors = new Set<unknown>();
  const failed = new Deferred();
  const note = (reason: unknown): void => {
    if (bridge.knows(reason)) return;
    errors.add(explain(reason));
    failed.resolve();
  };
  const others = process.listeners("unhandledRejection") as Rejection[];
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", note);
  // Many of the SDK's rejections are handled later on; Node prints a warning for each where nobody listens.
  const ignore = (): void => undefined;
  process.on("rejectionHandled", ignore);
  const over = new AbortController();
  try {
    const ended = pulumi.runtime
      .runInPulumiStack(async () => await program())
      .catch(note)
      .then(() => settled(bridge));
    await Promise.race([ended, failed.promise.then(() => stalled(bridge, over.signal))]);
  } finally {
    over.abort();
    bridge.close();
    process.off("unhandledRejection", note);
    process.off("rejectionHandled", ignore);
    for (const other of others) process.on("unhandledRejection", other);
  }
  return { errors: [...errors], skipped };
}

/** Waits for the SDK's calls and for the promises they resolve; `waitForRPCs` alone misses what an `apply` makes. */
async function settled(bridge: Bridge): Promise<void> {
  const { waitForRPCs } = pulumi.runtime as typeof pulumi.runtime & {
    waitForRPCs: () => Promise<void>;
  };
  for (let quiet = 0, seen = -1; quiet < 5; quiet = bridge.calls === seen ? quiet + 1 : 0) {
    seen = bridge.calls;
    await waitForRPCs();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** After a fault of the program: a second in which nothing is asked of the engine and nothing is under way in it. */
async function stalled(bridge: Bridge, signal: AbortSignal): Promise<void> {
  const tenth = 100; // milliseconds
  for (let quiet = 0, seen = bridge.calls; quiet < 10; seen = bridge.calls) {
    await sleep(tenth, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    quiet = bridge.calls === seen && bridge.running === 0 ? quiet + 1 : 0;
  }
}

interface PendingRegistration {
  readonly type: string;
  readonly name: string;
  fail?: (error: unknown) => void;
}

/** The SDK keeps what it prepares in a map and calls `fail` on what will never be registered. */
function watchSkipped(): readonly Skipped[] {
  const skipped: Skipped[] = [];
  const { globalStore } = globalThis as {
    globalStore?: { pendingResourceRegistrations: Map<unknown, PendingRegistration> };
  };
  if (!(globalStore?.pendingResourceRegistrations instanceof Map)) {
    throw new Error("@pulumi/pulumi no longer keeps pendingResourceRegistrations in its store");
  }
  globalStore.pendingResourceRegistrations = new (class extends Map<unknown, PendingRegistration> {
    override set(resource: unknown, pending: PendingRegistration): this {
      const { fail, type, name } = pending;
      pending.fail = (error) => {
        skipped.push({ type, name });
        fail?.(error);
      };
      return super.set(resource, pending);
    }
  })();
  return skipped;
}

/** The SDK blames the Pulumi CLI for what a monitor does not offer. */
function explain(reason: unknown): unknown {
  const found =
    reason instanceof Error &&
    /The Pulumi CLI does not support (?:the )?(.+?)(?: option)?\. Please update/.exec(
      reason.message,
    );
  return found ? new UserError(unsupportedText(found[1] ?? "")) : reason;
}

/** Translates the SDK's calls into a {@link Monitor}'s. */
class Bridge {
  /** How many calls came in: tells when a program has become quiet. */
  calls = 0;
  /** How many of them have no answer yet. */
  running = 0;
  #closed = false;
  readonly #options: ProgramOptions;
  readonly #monitor: Monitor;
  /** Texts of the errors that the SDK was given or makes for a failure that is known here. */
  readonly #known = new Set<string>();

  constructor(options: ProgramOptions, monitor: Monitor) {
    this.#options = options;
    this.#monitor = monitor;
  }

  /** Whatever a program asks after its run is never answered. */
  close(): void {
    this.#closed = true;
  }

  knows(reason: unknown): boolean {
    const text = reason instanceof Error ? reason.message : String(reason);
    return [...this.#known].some((known) => text.includes(known));
  }

  getDeploymentInfo(_request: unknown, answer: Answer<unknown>): void {
    const { ResourceMonitorFeature: feature } = protocol;
    const supported = [
      feature.RESOURCE_MONITOR_FEATURE_SECRETS,
      feature.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
      feature.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
      feature.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
    ];
    answer(null, { getSupportedfeaturesList: () => supported });
  }

  registerResource(request: RegisterResourceRequest, answer: Answer<unknown>): void {
    const registration = this.#decode(request);
    const reply = (registered: Registered): void => {
      if (registered.failed) {
        this.#known.add(`resource ${registration.name} [${registration.type}] failed to register`);
      }
      const outputs = registered.failed ? registration.inputs : registered.outputs;
      answer(null, {
        getUrn: () => registration.urn,
        getId: () => (registered.failed ? "" : (registered.id ?? "")),
        getObject: () => ({ toJavaScript: () => structuredClone(outputs) }),
        getPropertydependenciesMap: () => undefined,
        getResult: () => (registered.failed ? protocol.Result.FAIL : protocol.Result.SUCCESS),
        getUnknown: () => !registered.failed && registered.unknown === true,
      });
    };
    this.#ask(() => this.#monitor.register(registration)).then(reply, (error: unknown) =>
      this.#refuse(answer, `registration of ${registration.urn}: ${messageOf(error)}`),
    );
  }

  registerResourceOutputs(
    request: RegisterResourceOutputsRequest,
    answer: Answer<Record<string, never>>,
  ): void {
    const outputs = request.getOutputs()?.toJavaScript() ?? {};
    this.#ask(() => this.#monitor.registerOutputs(request.getUrn(), outputs)).then(
      () => answer(null, {}),
      (error: unknown) =>
        this.#refuse(answer, `outputs of ${request.getUrn()}: ${messageOf(error)}`),
    );
  }

  invoke(request: ResourceInvokeRequest, answer: Answer<unknown>): void {
    const token = request.getTok();
    const provider = request.getProvider();
    const reply = (result: PropertyMap | undefined): void =>
      answer(null, {
        getUnknown: () => result === undefined,
        getFailuresList: () => [],
        getReturn: () => ({ toJavaScript: () => structuredClone(result ?? {}) }),
      });
    const invocation = {
      token,
      arguments: request.getArgs()?.toJavaScript() ?? {},
      ...(provider === "" ? {} : { provider }),
    };
    this.#ask(() => this.#monitor.invoke(invocation)).then(reply, (error: unknown) =>
      this.#refuse(answer, `function ${token}: ${messageOf(error)}`),
    );
  }

  readResource(request: { getName(): string }, answer: Answer<never>): void {
    this.#unsupported(answer, `get of an existing resource (${request.getName()})`);
  }

  existsResource(_request: unknown, answer: Answer<never>): void {
    this.#unsupported(answer, "look-up of an existing resource");
  }

  call(request: { getTok(): string }, answer: Answer<never>): void {
    this.#unsupported(answer, `method of a resource (${request.getTok()})`);
  }

  registerPackage(request: { getName(): string }, answer: Answer<never>): void {
    this.#unsupported(answer, `parameterized package (${request.getName()})`);
  }

  /** Everything that goes to the monitor goes through here, or the end of a run is told wrong. */
  async #ask<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) return new Promise(() => undefined);
    this.calls++;
    this.running++;
    try {
      return await work();
    } finally {
      this.running--;
    }
  }

  #unsupported(answer: Answer<never>, what: string): void {
    // Not a known text: nobody but the program will report it.
    const text = unsupportedText(what);
    answer({ details: text, message: text });
  }

  /** For an error that the monitor has reported itself. */
  #refuse(answer: Answer<never>, text: string): void {
    this.#known.add(text);
    answer({ details: text, message: text });
  }

  #decode(request: RegisterResourceRequest): Registration {
    const type = request.getType();
    const name = request.getName();
    const parent = request.getParent();
    const provider = request.getProvider();
    const deletedWith = request.getDeletedwith();
    const protect = request.hasProtect() ? request.getProtect() : undefined;
    const source = sourceOf(request);
    const retainOnDelete = request.hasRetainondelete() ? request.getRetainondelete() : undefined;
    const propertyDependencies: Record<string, readonly string[]> = {};
    request.getPropertydependenciesMap().forEach((urns, property) => {
      propertyDependencies[property] = urns.getUrnsList();
    });
    return {
      urn: this.#urn(parent, type, name),
      type,
      name,
      custom: request.getCustom(),
      ...(parent === "" ? {} : { parent }),
      inputs: request.getObject()?.toJavaScript() ?? {},
      dependencies: request.getDependenciesList(),
      propertyDependencies,
      ...(provider === "" ? {} : { provider }),
      ...(protect === undefined ? {} : { protect }),
      ...(retainOnDelete === undefined ? {} : { retainOnDelete }),
      ...(request.getDeletebeforereplacedefined()
        ? { deleteBeforeReplace: request.getDeletebeforereplace() }
        : {}),
      ...(deletedWith === "" ? {} : { deletedWith }),
      replaceWith: request.getReplaceWithList(),
      ignoreChanges: request.getIgnorechangesList(),
      additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
      aliases: this.#aliases(request, { parent, type, name }),
      unsupported: unsupportedOptions(request),
      ...(source === undefined ? {} : { source }),
    };
  }

  /** URNs of the aliases; a part that an alias does not name is the resource's own. */
  #aliases(
    request: RegisterResourceRequest,
    own: { parent: string; type: string; name: string },
  ): string[] {
    return request.getAliasesList().map((alias) => {
      if (alias.hasUrn()) return alias.getUrn();
      const spec = alias.getSpec();
      if (spec === undefined) return "";
      const parent = spec.getNoparent() ? "" : spec.getParenturn() || own.parent;
      return this.#urn(parent, spec.getType() || own.type, spec.getName() || own.name, {
        project: spec.getProject() || this.#options.project,
        stack: spec.getStack() || this.#options.stack,
      });
    });
  }

  #urn(
    parent: string,
    type: string,
    name: string,
    { project, stack }: { project: string; stack: string } = this.#options,
  ): string {
    return `urn:pulumi:${stack}::${project}::${qualifiedType(parent, type)}::${name}`;
  }
}

/** `parent's types$type`; the stack, parent of all, is not mentioned. */
function qualifiedType(parent: string, type: string): string {
  const parentType = parent.split("::")[2];
  return parentType === undefined || parentType === rootType ? type : `${parentType}$${type}`;
}

/** Type of the resource that a stack itself is. */
export const rootType: string = pulumi.runtime.rootPulumiStackTypeName;

/** Nearest caller that the SDK could read off the stack; it misreads URLs as paths. */
function sourceOf(request: RegisterResourceRequest): string | undefined {
  const frames = request.getStacktrace()?.getFramesList() ?? [];
  const places = frames.flatMap((frame) => frame.getPc() ?? []);
  const [nearest] = places.map(
    (pc) => `${pc.getUri().replace(/^.*file:\/+/, "/")}:${pc.getLine()}`,
  );
  return nearest?.startsWith(import.meta.filename) ? undefined : nearest;
}

function unsupportedOptions(request: RegisterResourceRequest): string[] {
  const timeouts = request.getCustomtimeouts();
  const used: Record<string, boolean> = {
    customTimeouts:
      timeouts !== undefined &&
      [timeouts.getCreate(), timeouts.getUpdate(), timeouts.getDelete()].some((t) => t !== ""),
    envVarMappings: request.getEnvvarmappingsMap().getLength() > 0,
    hideDiffs: request.getHidediffsList().length > 0,
    hooks: request.hasHooks(),
    import: request.getImportid() !== "",
    "remote component": request.getRemote(),
    replaceOnChanges: request.getReplaceonchangesList().length > 0,
    replacementTrigger: request.hasReplacementTrigger(),
    stateMigrations: request.getStateMigrationsList().length > 0,
    transforms: request.getTransformsList().length > 0,
  };
  return Object.keys(used).filter((name) => used[name]);
}
