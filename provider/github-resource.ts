import { explainGithubFault } from "../github/faults.ts";
import { type Problem, UserError } from "../rules/problems.ts";
import { Refused } from "./github-access.ts";
import { concealAs, revealed, type Properties } from "./property-values.ts";
import type { ResourceProvider } from "./resource-provider.ts";
import { labelOf } from "./urn.ts";

/** Result of a diff, with the names of the changed properties. */
export interface Difference {
  readonly changed: readonly string[];
  readonly replaces: readonly string[];
}

/** A type of resources on GitHub, over plain properties. */
export interface GithubResource {
  /** Properties besides those that came as secrets that are to be kept like one. */
  readonly secrets: readonly string[];
  check(
    urn: string,
    olds: Properties,
    news: Properties,
  ): Promise<{ readonly inputs: Properties; readonly problems: readonly Problem[] }>;
  diff(olds: Properties, news: Properties): Promise<Difference>;
  create(news: Properties): Promise<{ readonly id: string; readonly outputs: Properties }>;
  /** Undefined when it is gone. @throws UserError when nothing is recorded */
  read(
    olds: Properties,
  ): Promise<{ readonly outputs: Properties; readonly inputs: Properties } | undefined>;
  update(olds: Properties, news: Properties): Promise<Properties>;
  delete(olds: Properties): Promise<void>;
}

/**
 * Serves a type to an engine that sends secrets in envelopes and to one that sends plain values, and words what GitHub
 * refuses. No value of a secret is in any fault.
 */
export function githubResource(type: GithubResource): ResourceProvider {
  const conceal = (received: unknown, properties: Properties): Properties =>
    concealAs(received, present(properties), type.secrets);
  return {
    async check(urn: string, olds: unknown, news: unknown) {
      const { inputs, problems } = await explained(labelOf(urn), () =>
        type.check(urn, revealed(olds), revealed(news)),
      );
      return {
        inputs: conceal(news, inputs),
        failures: problems.map(({ path, message }) => ({ property: path, reason: message })),
      };
    },
    async diff(_id: string, urn: string, olds: unknown, news: unknown) {
      const { changed, replaces } = await explained(labelOf(urn), () =>
        type.diff(revealed(olds), revealed(news)),
      );
      return { changes: changed.length > 0, diffs: [...changed], replaces: [...replaces] };
    },
    async create(urn: string, inputs: unknown) {
      const { id, outputs } = await explained(labelOf(urn), () => type.create(revealed(inputs)));
      return { id, outs: conceal(inputs, outputs) };
    },
    async read(id: string, urn: string, props?: unknown) {
      const found = await explained(labelOf(urn), () => type.read(revealed(props)));
      if (found === undefined) return { id: "", props: {} };
      return { id, props: conceal(props, found.outputs), inputs: conceal(props, found.inputs) };
    },
    async update(_id: string, urn: string, olds: unknown, news: unknown) {
      const outputs = await explained(labelOf(urn), () =>
        type.update(revealed(olds), revealed(news)),
      );
      return { outs: conceal(news, outputs) };
    },
    async delete(_id: string, urn: string, props: unknown) {
      await explained(labelOf(urn), () => type.delete(revealed(props)));
    },
  };
}

/** Does work whose faults are told in a user's words. */
export async function explained<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const error = thrown instanceof Refused ? thrown.cause : thrown;
    const text = error instanceof UserError ? error.message : explainGithubFault(error);
    if (text === undefined) throw error;
    throw new UserError(`${what}: ${text}`, { cause: error });
  }
}

/** gRPC has no way to say `undefined`. */
function present(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));
}
