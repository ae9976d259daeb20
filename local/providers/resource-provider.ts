import type * as provider from "@pulumi/pulumi/provider/provider.js";
import { UserError } from "../../rules/problems.ts";
import { concealAs, revealed, type Properties } from "../../provider/property-values.ts";
import type { ResourceType } from "./resource-type.ts";

/** A package of resource types and functions, each by its Pulumi token. */
export interface ProviderPackage {
  /** `aws`, `github`, `docker-build`. */
  readonly name: string;
  readonly resources: Readonly<Record<string, ResourceType>>;
  readonly functions?: Readonly<Record<string, (args: Properties) => Promise<Properties>>>;
  /** Awaited before anything is asked of the service, e.g. to make sure that it is the right one. */
  ready?(): Promise<void>;
  /** Words a service's fault for a user; undefined when it is a fault of Slipway itself. */
  explain?(error: unknown): string | undefined;
  cancel?(): Promise<void>;
}

/** Pulumi's provider interface with the shapes that {@link resourceProvider} really gives, and {@link LocalProvider.find}. */
export interface LocalProvider extends provider.Provider {
  check(
    urn: string,
    olds: unknown,
    news: unknown,
  ): Promise<{ inputs: Properties; failures: provider.CheckFailure[] }>;
  /**
   * `diffs` names all changed properties, `replaces` those that cannot be changed in place, `stables` the outputs that an
   * update in place leaves as they are.
   */
  diff(
    id: string,
    urn: string,
    olds: unknown,
    news: unknown,
  ): Promise<{
    changes: boolean;
    diffs: string[];
    replaces: string[];
    deleteBeforeReplace: boolean;
    stables: string[];
  }>;
  create(urn: string, inputs: unknown): Promise<{ id: string; outs: Properties }>;
  /**
   * The id of what these inputs declare if it is in the service already, whoever made it. The embedded engine asks this
   * to go on after an interrupted creation; the Pulumi CLI does not know it.
   */
  find(urn: string, inputs: unknown): Promise<string | undefined>;
  /** Without an id when the resource is gone. */
  read(id: string, urn: string, props?: unknown): Promise<{ id?: string; props?: Properties }>;
  update(id: string, urn: string, olds: unknown, news: unknown): Promise<{ outs: Properties }>;
  delete(id: string, urn: string, props: unknown): Promise<void>;
  invoke(token: string, inputs: unknown): Promise<{ outputs: Properties }>;
}

/**
 * Puts a package's resource types behind Pulumi's provider interface. The same object serves the embedded engine in
 * process and, through `pulumi.provider.main`, the Pulumi CLI.
 *
 * Types, functions and properties that the package does not have are refused by name.
 */
export function resourceProvider(pack: ProviderPackage): LocalProvider {
  const owner = `the local ${pack.name} provider`;
  const typeOf = (urn: string): ResourceType => {
    const token = typeToken(urn);
    const type = pack.resources[token];
    if (type !== undefined) return type;
    throw new UserError(
      `${token}: ${owner} does not implement this resource type; it has ${Object.keys(pack.resources).join(", ")}`,
    );
  };
  async function run<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      await pack.ready?.();
      return await work();
    } catch (error) {
      const explained = error instanceof UserError ? undefined : pack.explain?.(error);
      if (explained === undefined) throw error;
      throw new UserError(`${what}: ${explained}`, { cause: error });
    }
  }
  return {
    version: "0.0.0",
    async check(urn: string, _olds: unknown, news: unknown) {
      const { inputs, problems } = typeOf(urn).check(revealed(news), owner);
      return {
        inputs: concealAs(news, inputs),
        failures: problems.map(({ path, message }) => ({ property: path, reason: message })),
      };
    },
    async diff(_id: string, urn: string, olds: unknown, news: unknown) {
      const type = typeOf(urn);
      const { changed, replaces, deleteBeforeReplace, stables } = await run(
        `diff ${label(urn)}`,
        () => type.diff(revealed(olds), revealed(news)),
      );
      return {
        changes: changed.length > 0,
        diffs: [...changed],
        replaces: [...replaces],
        deleteBeforeReplace,
        stables: [...stables],
      };
    },
    async create(urn: string, inputs: unknown) {
      const type = typeOf(urn);
      const { id, outs } = await run(`create ${label(urn)}`, () =>
        type.create(revealed(inputs), urn),
      );
      return { id, outs: concealAs(inputs, present(outs)) };
    },
    async find(urn: string, inputs: unknown) {
      const type = typeOf(urn);
      return run(`find ${label(urn)}`, () => type.find(revealed(inputs)));
    },
    async read(id: string, urn: string, props?: unknown) {
      const type = typeOf(urn);
      const state = await run(`read ${label(urn)}`, () => type.read(id, revealed(props)));
      return state === undefined ? {} : { id, props: concealAs(props, present(state)) };
    },
    async update(id: string, urn: string, olds: unknown, news: unknown) {
      const type = typeOf(urn);
      const outs = await run(`update ${label(urn)}`, () =>
        type.update(id, revealed(olds), revealed(news), urn),
      );
      return { outs: concealAs(news, present(outs)) };
    },
    async delete(id: string, urn: string, props: unknown) {
      const type = typeOf(urn);
      await run(`delete ${label(urn)}`, () => type.delete(id, revealed(props)));
    },
    async invoke(token: string, inputs: unknown) {
      const call = pack.functions?.[token];
      if (call === undefined) {
        throw new UserError(`${token}: ${owner} does not implement this function`);
      }
      return { outputs: await run(token, () => call(revealed(inputs))) };
    },
    ...(pack.cancel && { cancel: () => pack.cancel?.() ?? Promise.resolve() }),
  };
}

/** `aws:ecr/repository:Repository` of `urn:pulumi:main::slipway::parent$aws:ecr/repository:Repository::name`. */
export function typeToken(urn: string): string {
  return urn.split("::")[2]?.split("$").pop() ?? urn;
}

/** `ci-image (aws:ecr/repository:Repository)`. */
export function label(urn: string): string {
  return `${urn.split("::").slice(3).join("::")} (${typeToken(urn)})`;
}

/** gRPC has no way to say `undefined`. */
function present(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));
}
