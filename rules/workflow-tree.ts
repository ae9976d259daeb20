import { remembered } from "./remembered.ts";

/** Keys and indexes that lead to a value of a YAML file: `["jobs", "build", "steps", 0, "uses"]`. */
export type YamlPath = readonly (string | number)[];

/** A workflow, an action or a file of data, with where its values stand. */
export interface TreeFile {
  /** Path in the repository: `.github/workflows/up.yml`. */
  readonly file: string;
  readonly kind: "workflow" | "action" | "data";
  /** What the file holds, as plain data. */
  readonly root: unknown;
  /** The line of a value, from 1, or of the nearest that holds it where it is missing. */
  readonly lineOf: (path: YamlPath) => number;
  /** The comment behind a value on its line, without its mark. */
  readonly commentOf: (path: YamlPath) => string | undefined;
}

/** A change of a file that mends a finding; all else in the file stays as it is written. */
export type Edit =
  | {
      readonly kind: "set";
      readonly path: YamlPath;
      readonly value:
        string | number | readonly ListItem[] | Readonly<Record<string, never>> | null;
      /** The comment behind it; the one that is there stays without. */
      readonly comment?: string;
    }
  | { readonly kind: "remove"; readonly path: YamlPath };

/** An item of a list that an edit writes: a text, or a map of texts. */
export type ListItem = string | Readonly<Record<string, string>>;

/** Something in a repository's workflows that is wrong. */
export interface TreeFinding {
  /** Path in the repository. */
  readonly file: string;
  readonly line: number;
  /** Which rule says so: `time-out`. */
  readonly rule: string;
  /** What was found, and what the rule is. */
  readonly message: string;
  /** What to do. */
  readonly remedy: string;
  /** What `--write` does about it; empty where a person has to. */
  readonly edits: readonly FileEdit[];
}

/** An edit and the file it is of. */
export interface FileEdit {
  readonly file: string;
  readonly edit: Edit;
}

/** A job of a workflow. */
export interface TreeJob {
  readonly file: TreeFile;
  readonly name: string;
  readonly path: YamlPath;
  readonly value: YamlMap;
  readonly steps: readonly TreeStep[];
}

/** A step of a job or of an action. */
export interface TreeStep {
  readonly file: TreeFile;
  readonly path: YamlPath;
  readonly value: YamlMap;
  /** `OWNER/NAME@REF`, `./.github/actions/setup`. */
  readonly uses?: string;
  /** The script that a shell runs. */
  readonly run?: string;
  /** What tells it to a person. */
  readonly label: string;
}

export type YamlMap = Readonly<Record<string, unknown>>;

/** The jobs of a workflow, the same ones whenever it is asked; none of an action. */
export const jobsOf: (file: TreeFile) => readonly TreeJob[] = remembered((file) =>
  Object.entries(mapOf(mapOf(file.root)["jobs"])).map(([name, job]) => {
    const path = ["jobs", name];
    const value = mapOf(job);
    return { file, name, path, value, steps: steps(file, value["steps"], [...path, "steps"]) };
  }),
);

/** Every step of a file: of a workflow's jobs, or of a composite action. */
export function stepsOf(file: TreeFile): readonly TreeStep[] {
  if (file.kind === "workflow") return jobsOf(file).flatMap((job) => job.steps);
  return steps(file, mapOf(mapOf(file.root)["runs"])["steps"], ["runs", "steps"]);
}

function steps(file: TreeFile, value: unknown, path: YamlPath): readonly TreeStep[] {
  if (!Array.isArray(value)) return [];
  return value.map((step: unknown, index) => {
    const map = mapOf(step);
    const { uses, run, name } = map;
    return {
      file,
      path: [...path, index],
      value: map,
      ...(typeof uses === "string" && { uses }),
      ...(typeof run === "string" && { run }),
      label: [name, uses, run].find((text) => typeof text === "string") ?? `step ${index + 1}`,
    };
  });
}

/** The events that start a workflow, with what is said of each. */
export function triggersOf({ root }: TreeFile): YamlMap {
  const on = mapOf(root)["on"];
  if (typeof on === "string") return { [on]: null };
  if (Array.isArray(on)) return Object.fromEntries(on.map((event) => [String(event), null]));
  return mapOf(on);
}

/** Every text in a value with the path to it, keys left out. */
export function textsOf(value: unknown, path: YamlPath = []): readonly PlacedText[] {
  if (typeof value === "string") return [{ text: value, path }];
  if (Array.isArray(value)) return value.flatMap((item, index) => textsOf(item, [...path, index]));
  return Object.entries(mapOf(value)).flatMap(([key, item]) => textsOf(item, [...path, key]));
}

export interface PlacedText {
  readonly text: string;
  readonly path: YamlPath;
}

/** A map as one; of anything else an empty one. */
export function mapOf(value: unknown): YamlMap {
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
  return isMap ? (value as YamlMap) : {};
}

/** The name of the environment that a job enters, as it is written. */
export function environmentOf({ value }: TreeJob): string | undefined {
  const { environment } = value;
  const name = mapOf(environment)["name"] ?? environment;
  return typeof name === "string" && name !== "" ? name : undefined;
}

/** A finding at a place of a file. */
export function findingAt(
  file: TreeFile,
  path: YamlPath,
  finding: Pick<TreeFinding, "rule" | "message" | "remedy">,
  edits: readonly Edit[] = [],
): TreeFinding {
  return {
    file: file.file,
    line: file.lineOf(path),
    ...finding,
    edits: edits.map((edit) => ({ file: file.file, edit })),
  };
}
