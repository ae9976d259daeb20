/*
 * The test harness: runs a function that makes components or resources under the embedded engine's monitor and gives back
 * everything the SDK sent. No provider, no state, no network.
 *
 *   const run = await runInEngine(() => new ImageRepository("repo", { name: "ci" }), { preview: false });
 *   run.list()                                   // ["slipway:index:ImageRepository repo", "aws:ecr/repository:Repository repo-x < repo", ...]
 *   const role = run.resource("aws:iam/role:Role", "read");      // throws, naming what there is
 *   role.inputs / role.plain                     // on the wire with secret envelopes / without them
 *   role.options.protect, .dependencies, ...     // as the SDK sent them
 *   run.resource("slipway:index:ImageRepository").registeredOutputs   // one entry for each registerOutputs call
 *   await value(run.result.url)                  // rejects when unknown; never assert inside apply
 *   assert.deepEqual(run.clearSecrets("marker"), [])
 *   await previewParity(() => new ImageRepository(...))          // same URNs in a preview and an update
 *
 * With `preview: true` (the default is false) ids and computed outputs are unknown; with false, outputs are the inputs plus
 * what `computed` says for the type. A type or function that no table names is an error, not an empty answer.
 */
import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { rootType, runProgram } from "../../engine/sdk.ts";
import type { Invocation, Registered, Registration } from "../../engine/monitor.ts";
import {
  containsUnknown,
  isMap,
  isSecret,
  secret,
  unwrap,
  unwrapMap,
} from "../../engine/values.ts";
import type { PropertyMap, PropertyValue } from "../../engine/values.ts";

// The SDK sets these globals in every run; mocha's leak check accepts what is there before the first test.
for (const name of ["globalStore", "stackResource"]) {
  if (!(name in globalThis)) Object.assign(globalThis, { [name]: undefined });
}

/** Says what a provider would compute for a resource; `id` defaults to `<name>-id`. Gets the inputs without envelopes. */
export type Computed = (
  inputs: PropertyMap,
  name: string,
) => { readonly id?: string; readonly [output: string]: PropertyValue | undefined };

export interface RunOptions {
  readonly preview?: boolean;
  readonly project?: string;
  readonly stack?: string;
  /** `{ "slipway:owner": "pytorch" }` */
  readonly config?: Readonly<Record<string, string>>;
  /** Outputs by resource type, beside those in {@link computedOutputs}. */
  readonly computed?: Readonly<Record<string, Computed>>;
  /** Results by token of functions that may be called (not asked in a preview: there they are unknown). */
  readonly functions?: Readonly<Record<string, (args: PropertyMap) => PropertyMap>>;
}

/** One resource as the SDK sent it. */
export interface RegisteredResource {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  /** Name of the parent; undefined directly under the stack. */
  readonly parent: string | undefined;
  readonly custom: boolean;
  readonly inputs: PropertyMap;
  readonly plain: PropertyMap;
  readonly options: {
    readonly protect: boolean | undefined;
    readonly retainOnDelete: boolean | undefined;
    readonly deleteBeforeReplace: boolean | undefined;
    readonly ignoreChanges: readonly string[];
    readonly additionalSecretOutputs: readonly string[];
    /** Names of resources. */
    readonly deletedWith: string | undefined;
    readonly replaceWith: readonly string[];
    readonly dependencies: readonly string[];
    /** Name of the explicit provider. */
    readonly provider: string | undefined;
    readonly aliases: readonly string[];
  };
  /** What each call of registerOutputs carried, with envelopes. */
  readonly registeredOutputs: readonly PropertyMap[];
}

export class EngineRun<T> {
  /** What the function returned: components with their outputs, for {@link value}. */
  readonly result: T;
  /** In order of registration; the stack itself is not among them. */
  readonly resources: readonly RegisteredResource[];
  readonly calls: readonly Invocation[];

  constructor(result: T, resources: readonly RegisteredResource[], calls: readonly Invocation[]) {
    this.result = result;
    this.resources = resources;
    this.calls = calls;
  }

  /** `type name < parent`, sorted: the whole shape in one comparison. */
  list(): string[] {
    return this.resources
      .map((r) => `${r.type} ${r.name}${r.parent === undefined ? "" : ` < ${r.parent}`}`)
      .sort();
  }

  /** The one resource of a type, or of a type and name. */
  resource(type: string, name?: string): RegisteredResource {
    const found = this.resources.filter(
      (r) => r.type === type && (name === undefined || r.name === name),
    );
    const [only] = found;
    if (only === undefined || found.length > 1) {
      assert.fail(
        `${found.length} resources are ${type} ${name ?? ""}; there are\n  ${this.list().join("\n  ")}`,
      );
    }
    return only;
  }

  /** Where a marker stands outside every envelope: `URN inputs.path`, in inputs and registered outputs. */
  clearSecrets(marker: string): string[] {
    return this.resources.flatMap((r) =>
      [
        ...clearPlaces(r.inputs, "inputs", marker),
        ...r.registeredOutputs.flatMap((o) => clearPlaces(o, "registerOutputs", marker)),
      ].map((place) => `${r.urn} ${place}`),
    );
  }
}

/**
 * Runs a function as a Pulumi program.
 *
 * @throws the program's own first error (the very object, so that its text can be asserted), or an Error that names the
 * unknown type or function.
 */
export async function runInEngine<T>(
  program: () => T | Promise<T>,
  options: RunOptions = {},
): Promise<EngineRun<T>> {
  const monitor = new RecordingMonitor(options);
  let result: { readonly value: T } | undefined;
  const end = await runProgram(
    {
      project: options.project ?? "slipway",
      stack: options.stack ?? "test",
      preview: options.preview ?? false,
      config: options.config ?? {},
    },
    monitor,
    async () => {
      result = { value: await program() };
      return {};
    },
  );
  const faults = [...monitor.faults, ...end.errors];
  if (faults.length > 0) throw faults[0];
  assert.ok(result, "the program did not end");
  return new EngineRun(result.value, monitor.resources(), monitor.calls);
}

/** Runs a function in a preview and in an update and fails unless both register the same resources; returns the update. */
export async function previewParity<T>(
  program: () => T | Promise<T>,
  options: Omit<RunOptions, "preview"> = {},
): Promise<EngineRun<T>> {
  const preview = await runInEngine(program, { ...options, preview: true });
  const update = await runInEngine(program, { ...options, preview: false });
  const urns = (run: EngineRun<T>): string[] => run.resources.map((r) => r.urn).sort();
  assert.deepEqual(urns(preview), urns(update), "a preview and an update register other resources");
  return update;
}

/** The value of an output, with secrets bare; rejects when it is unknown or its resource failed. */
export async function value<T>(output: pulumi.Input<T>): Promise<T> {
  const raw = await wire(output);
  assert.ok(!containsUnknown(raw), "the output is unknown");
  return (raw === undefined ? undefined : unwrap(raw)) as T;
}

/** Whether an output, as a whole, is a secret. */
export async function isSecretOutput(output: pulumi.Input<unknown>): Promise<boolean> {
  return isSecret(await wire(output));
}

/** Whether an output is unknown, as in a preview. */
export async function isUnknown(output: pulumi.Input<unknown>): Promise<boolean> {
  return containsUnknown(await wire(output));
}

async function wire(output: unknown): Promise<PropertyValue | undefined> {
  const raw: unknown = await pulumi.runtime.serializeProperty("value", output);
  return raw as PropertyValue | undefined;
}

function clearPlaces(here: PropertyValue, path: string, marker: string): string[] {
  if (isSecret(here)) return [];
  if (typeof here === "string") return here.includes(marker) ? [path] : [];
  if (Array.isArray(here)) {
    return (here as readonly PropertyValue[]).flatMap((item, index) =>
      clearPlaces(item, `${path}[${index}]`, marker),
    );
  }
  return isMap(here)
    ? Object.entries(here).flatMap(([key, item]) =>
        [...(key.includes(marker) ? [`${path} (key)`] : [])].concat(
          clearPlaces(item, `${path}.${key}`, marker),
        ),
      )
    : [];
}

class RecordingMonitor {
  readonly calls: Invocation[] = [];
  readonly faults: Error[] = [];
  readonly #options: RunOptions;
  readonly #registrations: Registration[] = [];
  readonly #outputs = new Map<string, PropertyMap[]>();

  constructor(options: RunOptions) {
    this.#options = options;
  }

  async register(registration: Registration): Promise<Registered> {
    if (registration.type === rootType) return { outputs: {} };
    try {
      return this.#answer(registration);
    } catch (error) {
      this.faults.push(error instanceof Error ? error : new Error(String(error)));
      return { failed: true };
    }
  }

  async registerOutputs(urn: string, outputs: PropertyMap): Promise<void> {
    this.#outputs.set(urn, [...(this.#outputs.get(urn) ?? []), outputs]);
  }

  async invoke(invocation: Invocation): Promise<PropertyMap | undefined> {
    this.calls.push(invocation);
    const answer = this.#options.functions?.[invocation.token];
    if (answer === undefined) {
      const fault = new Error(
        `the program called ${invocation.token}; add it to the functions of this test`,
      );
      this.faults.push(fault);
      throw fault;
    }
    return this.#options.preview ? undefined : answer(invocation.arguments);
  }

  resources(): RegisteredResource[] {
    return this.#registrations.map((r) => ({
      type: r.type,
      name: r.name,
      urn: r.urn,
      parent: r.parent?.includes(`::${rootType}::`) ? undefined : nameOf(r.parent),
      custom: r.custom,
      inputs: r.inputs,
      plain: unwrapMap(r.inputs),
      options: {
        protect: r.protect,
        retainOnDelete: r.retainOnDelete,
        deleteBeforeReplace: r.deleteBeforeReplace,
        ignoreChanges: r.ignoreChanges,
        additionalSecretOutputs: r.additionalSecretOutputs,
        deletedWith: nameOf(r.deletedWith),
        replaceWith: r.replaceWith.map((urn) => nameOf(urn) ?? urn),
        dependencies: r.dependencies.map((urn) => nameOf(urn) ?? urn).sort(),
        provider: nameOf(r.provider),
        aliases: r.aliases,
      },
      registeredOutputs: this.#outputs.get(r.urn) ?? [],
    }));
  }

  #answer(registration: Registration): Registered {
    const { type, name, urn, inputs, unsupported } = registration;
    if (this.#registrations.some((other) => other.urn === urn)) {
      throw new Error(`two resources are ${urn}`);
    }
    this.#registrations.push(registration);
    if (unsupported.length > 0) {
      throw new Error(`${urn} uses ${unsupported.join(", ")}, which the embedded engine refuses`);
    }
    if (!registration.custom) return { outputs: {} };
    const table = { ...computedOutputs, ...this.#options.computed };
    const computed = type.startsWith("pulumi:providers:") ? noOutputs : table[type];
    if (computed === undefined) {
      throw new Error(`${urn}: nothing is known of the type; add it to \`computed\` of this test`);
    }
    if (this.#options.preview) return { outputs: inputs };
    const { id, ...outputs } = computed(unwrapMap(inputs), name);
    const known = Object.entries(outputs).filter(
      (entry): entry is [string, PropertyValue] => entry[1] !== undefined,
    );
    return {
      id: id ?? `${name}-id`,
      outputs: {
        ...inputs,
        ...Object.fromEntries(
          known.map(([key, output]) => [
            key,
            registration.additionalSecretOutputs.includes(key) ? secret(output) : output,
          ]),
        ),
      },
    };
  }
}

/** The name in a URN, or in a provider's `URN::ID`. */
function nameOf(urn: string | undefined): string | undefined {
  return urn?.split("::")[3];
}

const noOutputs: Computed = () => ({});
const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const text = (input: PropertyValue | undefined): string =>
  typeof input === "string" ? input : JSON.stringify(input ?? "");

/** What the providers compute for the types that Slipway uses, with invented but well-formed values. */
export const computedOutputs: Readonly<Record<string, Computed>> = {
  "aws:ecr/repository:Repository": ({ name }) => ({
    id: text(name),
    arn: `arn:aws:ecr:us-east-1:308535385114:repository/${text(name)}`,
    registryId: "308535385114",
    repositoryUrl: `308535385114.dkr.ecr.us-east-1.amazonaws.com/${text(name)}`,
  }),
  "aws:ecr/lifecyclePolicy:LifecyclePolicy": ({ repository }) => ({
    id: text(repository),
    registryId: "308535385114",
  }),
  "aws:ecr/repositoryPolicy:RepositoryPolicy": ({ repository }) => ({
    id: text(repository),
    registryId: "308535385114",
  }),
  "aws:iam/openIdConnectProvider:OpenIdConnectProvider": ({ url }) => {
    const arn = `arn:aws:iam::308535385114:oidc-provider/${text(url).replace("https://", "")}`;
    return { id: arn, arn };
  },
  "aws:iam/policy:Policy": ({ name, path }) => {
    const arn = `arn:aws:iam::308535385114:policy${text(path ?? "/")}${text(name)}`;
    return { id: arn, arn };
  },
  "aws:iam/role:Role": ({ name, path }, resource) => {
    const role = name === undefined ? resource : text(name);
    return {
      id: role,
      name: role,
      arn: `arn:aws:iam::308535385114:role${text(path ?? "/")}${role}`,
    };
  },
  "aws:iam/rolePolicy:RolePolicy": ({ role, name }, resource) => ({
    id: `${text(role)}:${name === undefined ? resource : text(name)}`,
  }),
  "aws:iam/rolePoliciesExclusive:RolePoliciesExclusive": ({ roleName }) => ({
    id: text(roleName),
  }),
  "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": ({ roleName }) => ({
    id: text(roleName),
  }),
  "github:index/repositoryRuleset:RepositoryRuleset": (_, resource) => ({
    etag: `W/"${resource}"`,
    nodeId: `RRS_${resource}`,
    rulesetId: 1,
  }),
  "slipway:index:GithubEnvironment": ({ repository, environment }) => ({
    id: `${text(repository)}:${text(environment)}`,
    canAdminsBypass: false,
    branchPolicy: "custom",
  }),
  "slipway:index:PinName": ({ repository, digest }) => ({
    id: `${text(repository)}@${text(digest)}`,
    contents: [text(digest)],
    pinned: [text(digest)],
  }),
  "slipway:index:EnvironmentSecret": ({ repository, environment, name }) => ({
    id: `${text(repository)}:${text(environment)}:${text(name)}`,
    keyId: "1",
  }),
  "github:index/actionsEnvironmentVariable:ActionsEnvironmentVariable": (inputs) => ({
    id: `${text(inputs["repository"])}:${text(inputs["environment"])}:${text(inputs["variableName"])}`,
  }),
  "github:index/actionsVariable:ActionsVariable": ({ repository, variableName }) => ({
    id: `${text(repository)}:${text(variableName)}`,
  }),
  "docker-build:index:Image": () => ({
    digest: digest("a"),
    contextHash: "b".repeat(64),
    ref: `registry.example/image@${digest("a")}`,
  }),
  "slipway:index:ImageName": ({ source, contentName, registries }) => {
    const of = text(source).split("@")[1] ?? digest("a");
    const carried = (registries ?? []) as readonly {
      repository: string;
      floatingNames: string[];
    }[];
    const names = carried.flatMap(({ repository, floatingNames }) =>
      [text(contentName), ...floatingNames].map((name) => [`${repository}:${name}`, of]),
    );
    return {
      digest: of,
      references: Object.fromEntries(
        carried.map(({ repository }) => [repository, `${repository}@${of}`]),
      ),
      names: Object.fromEntries(names) as PropertyMap,
    };
  },
};
