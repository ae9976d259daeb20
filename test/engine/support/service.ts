import { readFileSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { unknown } from "../../../engine/values.ts";
import type { PackageFactory, Provider } from "../../../engine/providers.ts";

type Properties = Record<string, unknown>;

/**
 * A service in memory with a provider for it. It records every call, fails or waits where a test says so, and can lose or
 * change what it holds behind the engine's back.
 */
export class Service {
  /** What exists, by id. */
  readonly objects = new Map<string, Properties>();
  /** `create a`, `update a`, ... in order of their begin; reads, checks and diffs are not among them. */
  readonly calls: string[] = [];
  readonly reads: string[] = [];
  /** Outputs that every update leaves alone, as the provider tells the engine. */
  stables: string[] = [];
  /** Configuration that each provider was made with. */
  readonly configs: Properties[] = [];
  /** Called before each change; throws or waits. */
  before: (call: string) => void | Promise<void> = () => undefined;
  /** Called when a change is done and the engine does not know it yet. */
  after: (call: string) => void | Promise<void> = () => undefined;
  /** How many changes ran at once at most. */
  mostAtOnce = 0;
  #atOnce = 0;
  #serial = 0;

  readonly factory: PackageFactory = (config) => {
    this.configs.push(config);
    return this.provider();
  };

  /** Writes what exists to a file, or reads it from there: so two processes have one service. */
  save(file: string): void {
    writeFileSync(file, JSON.stringify([...this.objects]));
  }

  load(file: string): void {
    const objects = JSON.parse(readFileSync(file, "utf8")) as [string, Properties][];
    this.objects.clear();
    for (const [id, object] of objects) this.objects.set(id, object);
    this.#serial = Math.max(0, ...objects.map(([, { serial }]) => Number(serial)));
  }

  provider(): Required<
    Pick<Provider, "check" | "diff" | "create" | "find" | "read" | "update" | "delete" | "invoke">
  > {
    return {
      check: async (_urn, _olds, news: Properties) =>
        news["value"] === "wrong"
          ? { failures: [{ property: "value", reason: '"wrong" is not right; write another' }] }
          : { inputs: { kind: "plain", ...news } },
      diff: async (_id, _urn, olds: Properties, news: Properties) => {
        const names = ["value", "kind", "owner", "tags", "identity"];
        const changed = names.filter(
          (name) => news[name] === unknown || !isDeepStrictEqual(olds[name], news[name]),
        );
        return {
          changes: changed.length > 0,
          replaces: changed.filter((name) => name === "kind" || name === "owner"),
          stables: this.stables,
        };
      },
      create: async (urn, inputs: Properties) => {
        const name = nameOf(urn);
        await this.#change(`create ${name}`);
        const serial = ++this.#serial;
        const id = (inputs["identity"] as string | undefined) ?? `${name}-${serial}`;
        if (this.objects.has(id)) throw new Error(`${id} already exists`);
        const outs = { ...inputs, serial };
        this.objects.set(id, outs);
        await this.after(`create ${name}`);
        return { id, outs };
      },
      find: async (_urn, { identity }: Properties) =>
        typeof identity === "string" && this.objects.has(identity) ? identity : undefined,
      read: async (id, urn) => {
        this.reads.push(nameOf(urn));
        const found = this.objects.get(id);
        return found === undefined ? {} : { id, props: found };
      },
      update: async (id, urn, olds: Properties, news: Properties) => {
        await this.#change(`update ${nameOf(urn)}`);
        const outs = { ...news, serial: olds["serial"] };
        this.objects.set(id, outs);
        return { outs };
      },
      delete: async (id, urn) => {
        await this.#change(`delete ${nameOf(urn)}`);
        if (!this.objects.delete(id)) throw new Error(`${id} is not there`);
        await this.after(`delete ${nameOf(urn)}`);
      },
      invoke: async (token, args: Properties) => {
        if (token.endsWith(":fail")) throw new Error("the function failed");
        return { outputs: { echo: args["text"] } };
      },
    };
  }

  async #change(call: string): Promise<void> {
    this.calls.push(call);
    this.#atOnce++;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
    try {
      await this.before(call);
    } finally {
      this.#atOnce--;
    }
  }
}

function nameOf(urn: string): string {
  return urn.split("::")[3] ?? urn;
}
