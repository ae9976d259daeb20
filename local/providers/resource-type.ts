import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { Problem } from "../../rules/problems.ts";
import { checkInputs, type InputCheck } from "./input-check.ts";
import { holdsUnknown, isRecord, type Properties } from "../../provider/property-values.ts";

/** How one resource type is made, found, changed and removed; `State` is its inputs and its computed outputs. */
export interface ResourceDefinition<
  I extends z.ZodObject,
  O extends z.ZodObject,
  Inputs = z.output<I>,
  Outputs = z.output<O>,
  State = Inputs & Outputs,
> {
  /** Strict, with the defaults that the service or the real provider gives. */
  readonly inputs: I;
  /** What the service adds. */
  readonly outputs: O;
  /** Those of the outputs that no update in place changes. */
  readonly stables: readonly (keyof Outputs & string)[];
  /** Properties that cannot be changed in place. */
  readonly replaceOn: readonly (keyof Inputs & string)[];
  /**
   * The property that makes a second one impossible while the first exists: unless it changes too, a replacement
   * deletes first. The real providers do so only for resources with a `name`.
   */
  readonly name?: keyof Inputs & string;
  /** Rules over several properties; asked only when each is right by itself and all are known. */
  faults?(inputs: Inputs): readonly Problem[];
  /** Properties whose values may differ in text and mean the same. */
  readonly same?: { readonly [K in keyof Inputs]?: (a: Inputs[K], b: Inputs[K]) => boolean };
  /** Changed outputs that call for an update although every input is what it was. */
  drifted?(state: State, inputs: Inputs): Promise<readonly string[]>;
  create(inputs: Inputs, urn: string): Promise<{ id: string; outputs: Outputs }>;
  /**
   * The id that what these inputs declare has in the service, or would have, by what makes it the only one of its kind:
   * a name, a URL. Undefined where the service chooses the id and has none. Left out for what may be created twice.
   */
  idOf?(inputs: Inputs): string | undefined | Promise<string | undefined>;
  /** What is there now, or undefined when it is gone. `known` is empty when a resource is adopted by its id. */
  read(id: string, known: Partial<State>): Promise<State | undefined>;
  update(id: string, state: State, inputs: Inputs, urn: string): Promise<Outputs>;
  /** Removes it; one that is already gone is no fault. */
  delete(id: string, state: State): Promise<void>;
}

/** Which properties changed, and which of them need a replacement. */
export interface PropertyDiff {
  readonly changed: readonly string[];
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace: boolean;
  readonly stables: readonly string[];
}

/** A {@link ResourceDefinition} whose types are hidden behind plain properties. */
export interface ResourceType {
  check(news: Properties, owner: string): InputCheck;
  diff(state: Properties, news: Properties): Promise<PropertyDiff>;
  create(news: Properties, urn: string): Promise<{ id: string; outs: Properties }>;
  find(news: Properties): Promise<string | undefined>;
  read(id: string, known: Properties): Promise<Properties | undefined>;
  update(id: string, state: Properties, news: Properties, urn: string): Promise<Properties>;
  delete(id: string, state: Properties): Promise<void>;
}

/** Makes a definition usable by {@link resourceProvider}: inputs and states are parsed before they reach it. */
export function resourceType<I extends z.ZodObject, O extends z.ZodObject>(
  definition: ResourceDefinition<I, O>,
): ResourceType {
  type State = z.output<I> & z.output<O>;
  const stateSchema = z.object({ ...definition.inputs.shape, ...definition.outputs.shape });
  const toInputs = (news: Properties) => definition.inputs.parse(news);
  const toState = (state: Properties) => stateSchema.parse(state) as State;
  const toKnown = (known: Properties) => stateSchema.partial().parse(known) as Partial<State>;
  return {
    check(news, owner) {
      const checked = checkInputs(definition.inputs, news, owner);
      if (checked.problems.length > 0 || holdsUnknown(checked.inputs)) return checked;
      return { ...checked, problems: definition.faults?.(toInputs(checked.inputs)) ?? [] };
    },
    async diff(state, news) {
      const changed = Object.keys(definition.inputs.shape).filter((key) => {
        const old = state[key];
        const wanted = news[key];
        if (holdsUnknown(wanted)) return true;
        return !isSame(old, wanted) && !means(definition, key, old, wanted);
      });
      if (changed.length === 0 && definition.drifted !== undefined && !holdsUnknown(news)) {
        changed.push(...(await definition.drifted(toState(state), toInputs(news))));
      }
      const replaceOn: readonly string[] = definition.replaceOn;
      const replaces = changed.filter((key) => replaceOn.includes(key));
      const deleteBeforeReplace =
        replaces.length > 0 && definition.name !== undefined && !changed.includes(definition.name);
      return { changed, replaces, deleteBeforeReplace, stables: definition.stables };
    },
    async create(news, urn) {
      const inputs = toInputs(news);
      const { id, outputs } = await definition.create(inputs, urn);
      return { id, outs: { ...inputs, ...outputs } };
    },
    async find(news) {
      const id = await definition.idOf?.(toInputs(news));
      return id !== undefined && (await definition.read(id, toKnown(news))) ? id : undefined;
    },
    async read(id, known) {
      return definition.read(id, toKnown(known));
    },
    async update(id, state, news, urn) {
      const inputs = toInputs(news);
      return { ...inputs, ...(await definition.update(id, toState(state), inputs, urn)) };
    },
    async delete(id, state) {
      await definition.delete(id, toState(state));
    },
  };
}

/** Whether the definition has a rule for a property by which two values mean the same. */
function means<I extends z.ZodObject, O extends z.ZodObject>(
  definition: ResourceDefinition<I, O>,
  key: string,
  old: unknown,
  wanted: unknown,
): boolean {
  type Inputs = z.output<I>;
  const same = new Map(Object.entries(definition.same ?? {})).get(key) as
    ((a: Inputs[keyof Inputs], b: Inputs[keyof Inputs]) => boolean) | undefined;
  return same?.(old as Inputs[keyof Inputs], wanted as Inputs[keyof Inputs]) ?? false;
}

/** Deep equality in which a property that is absent and one that is empty are the same. */
function isSame(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(withoutAbsent(a), withoutAbsent(b));
}

function withoutAbsent(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(withoutAbsent);
  if (!isRecord(value)) return value ?? undefined;
  const present = Object.entries(value)
    .map(([key, item]) => [key, withoutAbsent(item)] as const)
    .filter(([, item]) => item !== undefined);
  return present.length === 0 ? undefined : Object.fromEntries(present);
}
