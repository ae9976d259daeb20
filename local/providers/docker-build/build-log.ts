import { z } from "zod";

const LAST_LINES = 20;

/** Steps that read and write a build's cache: what fails there makes a build slower, and is never why it fails. */
const CACHE_IMPORT = "importing cache manifest";
const CACHE_EXPORT = "exporting cache";

/** A line of `buildctl --progress rawjson`: as much of it as is shown. */
const SolveStatus = z.object({
  vertexes: z
    .array(
      z.object({
        digest: z.string(),
        name: z.string().default(""),
        started: z.string().optional(),
        completed: z.string().optional(),
        cached: z.boolean().optional(),
        error: z.string().optional(),
      }),
    )
    .nullish(),
  logs: z.array(z.object({ vertex: z.string(), data: z.string() })).nullish(),
});
type Vertex = NonNullable<z.output<typeof SolveStatus>["vertexes"]>[number];

interface Step {
  readonly name: string;
  /** The last whole lines that it printed. */
  lines: string[];
  /** The start of a line that goes on. */
  open: string;
  isEnded: boolean;
  error?: string;
}

/**
 * Follows a build: tells of each step once it starts and ends, passes on what steps print, and remembers why the build
 * failed.
 */
export class BuildLog {
  readonly #print: (line: string) => void;
  readonly #steps = new Map<string, Step>();
  readonly #other: string[] = [];

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** Takes one line of what buildctl writes on its error output. */
  add(line: string): void {
    const status = line.startsWith("{") ? parse(line) : undefined;
    if (status === undefined) {
      if (line.trim() !== "") this.#other.push(line.trim());
      return;
    }
    for (const vertex of status.vertexes ?? []) this.#vertex(vertex);
    for (const { vertex, data } of status.logs ?? []) this.#logged(vertex, data);
  }

  /** The step that failed with the last lines it printed, or what buildctl says when no step did. */
  failure(): string {
    const failed = [...this.#steps.values()].filter(
      ({ name, error }) => error !== undefined && !isOfCache(name),
    );
    // When one step fails, BuildKit cancels those beside it.
    const step = failed.find(({ error }) => !error?.includes("context canceled")) ?? failed[0];
    if (step === undefined) {
      const said = this.#other.at(-1)?.replace(/^error:\s*/, "");
      return said ?? "buildctl ended without saying why";
    }
    const lines = [...step.lines, step.open].filter((line) => line.trim() !== "");
    return [
      `step ${step.name}: ${step.error ?? ""}`,
      ...lines.slice(-LAST_LINES).map((line) => `  | ${line}`),
    ].join("\n");
  }

  #vertex({ digest, name, started, completed, cached, error }: Vertex): void {
    const step = this.#steps.get(digest) ?? { name, lines: [], open: "", isEnded: false };
    const isNew = !this.#steps.has(digest);
    this.#steps.set(digest, step);
    if (error !== undefined && error !== "") step.error = error;
    const isShown = !name.startsWith("[internal]");
    if (isNew && isShown && started !== undefined && completed === undefined) this.#print(name);
    if (completed === undefined || step.isEnded) return;
    step.isEnded = true;
    // A cache that is not there yet is no news, and one that cannot be written will not be there the next time either.
    if (error && name.startsWith(CACHE_EXPORT)) {
      this.#print(`warning: the build cache was not written: ${error}`);
    }
    if (!isShown || error) return;
    if (cached === true) this.#print(`${name} (cached)`);
    else if (started !== undefined) this.#print(`${name} (${seconds(started, completed)} s)`);
  }

  #logged(vertex: string, data: string): void {
    const step = this.#steps.get(vertex);
    if (step === undefined) return;
    const text = Buffer.from(data, "base64").toString("utf8").replaceAll("\r\n", "\n");
    const lines = `${step.open}${text}`.split("\n");
    step.open = lines.pop() ?? "";
    for (const line of lines) this.#print(`  | ${line}`);
    step.lines = [...step.lines, ...lines].slice(-LAST_LINES);
  }
}

function isOfCache(name: string): boolean {
  return name.startsWith(CACHE_IMPORT) || name.startsWith(CACHE_EXPORT);
}

function parse(line: string): z.output<typeof SolveStatus> | undefined {
  try {
    return SolveStatus.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

function seconds(started: string, completed: string): string {
  return ((Date.parse(completed) - Date.parse(started)) / 1000).toFixed(1);
}
