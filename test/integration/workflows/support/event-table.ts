/*
 * What one event after another did, beside what it does in the workflow that was replaced: names that were put on registries,
 * jobs, environments and roles.
 */
import { table } from "../../../../cli/print/table.ts";
import type { RegistryName } from "../../../../rules/image-file-schema.ts";
import { ran, type WorkflowTrace } from "./trace.ts";
import type { WorkflowStage } from "./workflow-stage.ts";

/** What an event does in the workflow that was replaced, as its file or the action that it calls says. */
export interface EventThere {
  /** Forms of names that it pushes, each with its registry: `docker.io T-main`. */
  readonly names: readonly string[];
  /** In words, with the lines of the file. */
  readonly how: string;
  readonly better: string;
}

/** What an event did here. */
export interface EventHere {
  /** In the order of the file, without those that were skipped; none where no workflow started. */
  readonly jobs: readonly string[];
  /** `docker-build: gha_workflow_docker_push`, each once. */
  readonly rights: readonly string[];
  /** How many names of each form were put somewhere, or moved: `docker.io T-main: 7`. */
  readonly names: Readonly<Record<string, number>>;
}

/** Digests by registry and tag: `docker.io cuda12.8-main`. */
type Published = ReadonlyMap<string, string>;

/**
 * The table of what events did to some families of a stage, one after the other. What is put on a registry between two events
 * counts as the later one's.
 */
export class EventTable {
  readonly #stage: () => WorkflowStage;
  readonly #families: readonly string[];
  readonly #registries: readonly RegistryName[];
  readonly #accelerators: readonly string[];
  readonly #rows: string[][] = [];
  /** What was on the registries when the last event had ended. */
  #published: Published | undefined;

  constructor(
    stage: () => WorkflowStage,
    images: {
      readonly families: readonly string[];
      readonly registries: readonly RegistryName[];
      /** None where images have no accelerator. */
      readonly accelerators?: readonly string[];
    },
  ) {
    this.#stage = stage;
    this.#families = images.families;
    this.#registries = images.registries;
    this.#accelerators = images.accelerators ?? [];
  }

  /** Runs the workflows of an event, adds its row, and gives what it did. */
  async add(
    event: string,
    there: EventThere,
    run: () => Promise<readonly WorkflowTrace[]>,
  ): Promise<EventHere & { readonly traces: readonly WorkflowTrace[] }> {
    const before = (this.#published ??= await this.#look());
    const traces = await run();
    this.#published = await this.#look();
    const names = this.#moved(before, this.#published);
    const jobs = traces.flatMap(ran);
    const rights = [...new Set(traces.flatMap(rightsOf))].sort();
    const conclusions = traces.map(({ conclusion }) => conclusion ?? "not started");
    this.#rows.push(
      [event, "jobs", `${jobs.join(", ") || "none"} (${conclusions.join(", ")})`],
      ["", "rights", rights.join("; ") || "none"],
      ["", "names", namesText(names)],
      ["", "there", `${there.names.join(", ") || "no name"}: ${there.how}`],
      ["", "better", there.better],
    );
    return { jobs, rights, names, traces };
  }

  /** For people. */
  text(): string {
    return table(this.#rows);
  }

  async #look(): Promise<Published> {
    const all = new Map<string, string>();
    for (const registry of this.#registries) {
      for (const family of this.#families) {
        for (const [tag, digest] of await this.#stage().digests(registry, family)) {
          all.set(`${registry} ${family}:${tag}`, digest);
        }
      }
    }
    return all;
  }

  #moved(before: Published, after: Published): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const [name, digest] of after) {
      if (before.get(name) === digest) continue;
      const form = this.#form(name);
      counts[form] = (counts[form] ?? 0) + 1;
    }
    for (const name of before.keys()) if (!after.has(name)) throw new Error(`${name} is gone`);
    return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** A name with what differs from image to image and from commit to commit as one letter: `docker.io T-C`. */
  #form(name: string): string {
    const [registry = "", tag = ""] = name.split(/ [^:]*:/);
    const accelerator = this.#accelerators.find((one) => tag === one || tag.startsWith(`${one}-`));
    const rest = accelerator === undefined ? tag : `T${tag.slice(accelerator.length)}`;
    const form = rest
      .replace(/(^|-)k[0-9a-f]{40}(?=$|-stage$)/, "$1KEY")
      .replace(/(^|-)[0-9a-f]{40}$/, "$1C")
      .replace(/^pin-.*/, "pin");
    return `${registry} ${form}`;
  }
}

/** Forms of names that the event pushes there and did not push here. */
export function onlyThere(there: EventThere, here: EventHere): readonly string[] {
  return there.names.filter((name) => !(name in here.names));
}

function rightsOf({ jobs }: WorkflowTrace): string[] {
  return jobs
    .filter(({ result }) => result !== "skipped")
    .map(({ environment = "no environment", roles }) => {
      const names = roles.map(({ arn }) => arn.split("/").at(-1) ?? arn);
      return `${environment}: ${names.join(", ") || "no role"}`;
    });
}

function namesText(names: EventHere["names"]): string {
  const counted = Object.entries(names).map(([form, count]) => `${count} ${form}`);
  return counted.join(", ") || "none";
}
