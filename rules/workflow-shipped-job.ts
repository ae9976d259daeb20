import { isHostedRunner } from "./runner-label.ts";
import { demandsOf } from "./workflow-safety-conditions.ts";
import { spaced } from "./workflow-safety-inputs.ts";
import { surplusKeys } from "./workflow-safety-surplus.ts";
import {
  environmentOf,
  findingAt,
  mapOf,
  type TreeFinding,
  type TreeJob,
  type YamlPath,
} from "./workflow-tree.ts";
import { isWantedStep, type WantedStep, wantedStepText } from "./workflow-wanted-step.ts";

/** A job that has to be as Slipway ships it, since of what it holds or takes any other would be too much. */
export interface ShippedJob {
  /** Its key in the file. */
  readonly name: string;
  /** What it does, in words: `builds a candidate`. */
  readonly does: string;
  readonly needs?: readonly string[];
  /** What has to hold for it to run, all of it; without, only that what it needs went well. */
  readonly demands?: readonly string[];
  readonly environment?: string;
  /** Of its token, and no other. */
  readonly permissions: Readonly<Record<string, "read" | "write">>;
  /** Those of one group wait for each other, or are cancelled for the next one. */
  readonly queue?: { readonly group: string; readonly cancels: boolean };
  readonly outputs?: Readonly<Record<string, string>>;
  /** One job an image: of the file's own list without what the expression excludes, or of the list that the expression is. */
  readonly images?: { readonly exclude: string } | { readonly list: string };
  readonly steps: readonly WantedStep[];
}

const JOB_KEYS = [
  ...["name", "needs", "if", "runs-on", "timeout-minutes", "environment", "permissions"],
  ...["concurrency", "strategy", "outputs", "steps"],
];

/** In which words a rule speaks of a job. */
interface Kind {
  readonly rule: string;
}

/** Everything in which a job is another than the shipped one; how long it may take and what it is called is its own matter. */
export function shippedJobFindings(
  job: TreeJob,
  shipped: ShippedJob,
  { rule }: Kind,
): readonly TreeFinding[] {
  const kind = { rule, owner: `a job that ${shipped.does}` };
  const say: Say = (path, message, remedy) => [
    findingAt(job.file, [...job.path, ...path], {
      rule,
      message: `job ${job.name}, which ${shipped.does}, ${message}`,
      remedy,
    }),
  ];
  return [
    ...surplusKeys(job.file, job.path, job.value, JOB_KEYS, kind),
    ...ofOrder(job, shipped, say),
    ...ofRights(job, shipped, say),
    ...ofQueue(job, shipped, say),
    ...ofImages(job, shipped, say),
    ...ofOutputs(job, shipped, say),
    ...ofSteps(job, shipped, say),
  ];
}

type Say = (path: YamlPath, message: string, remedy: string) => readonly TreeFinding[];

function ofOrder(
  { value }: TreeJob,
  { needs = [], demands = [] }: ShippedJob,
  say: Say,
): readonly TreeFinding[] {
  const now = [value["needs"] ?? []].flat().map(String);
  const given = demandsOf(value["if"]);
  const missing = demands.filter((demand) => given?.includes(demand) !== true);
  return [
    ...(now.length === needs.length && needs.every((name) => now.includes(name))
      ? []
      : say(
          ["needs"],
          `waits for ${now.join(", ") || "nobody"}`,
          needs.length === 0 ? "take needs out" : `write needs: [${needs.join(", ")}]`,
        )),
    ...(missing.length === 0 && given?.length === demands.length
      ? []
      : say(
          value["if"] === undefined ? [] : ["if"],
          missing.length === 0
            ? "demands more than it is for, and is passed over"
            : `does not look what started it: its if: lacks ${missing.join(", ")}`,
          demands.length === 0 ? "take if out" : `write if: ${demands.join(" && ")}`,
        )),
  ];
}

/** What it holds, and the machine on which it does. */
function ofRights(job: TreeJob, shipped: ShippedJob, say: Say): readonly TreeFinding[] {
  const { value } = job;
  const { environment, permissions } = shipped;
  const now = mapOf(value["permissions"]);
  const isSame =
    typeof value["permissions"] === "object" &&
    Object.keys(now).length === Object.keys(permissions).length &&
    Object.entries(permissions).every(([name, level]) => now[name] === level);
  const machine = value["runs-on"];
  const wanted = Object.entries(permissions).map(([name, level]) => `${name}: ${level}`);
  return [
    ...(environmentOf(job) === environment
      ? []
      : say(
          ["environment"],
          `enters ${environmentOf(job) ?? "no environment"}`,
          environment === undefined ? "take environment out" : `write environment: ${environment}`,
        )),
    ...(isSame
      ? []
      : say(
          ["permissions"],
          `has permissions ${JSON.stringify(value["permissions"] ?? null)}`,
          `write under permissions: ${wanted.join(", ")}`,
        )),
    ...(typeof machine === "string" && isHostedRunner(machine)
      ? []
      : say(
          ["runs-on"],
          `runs on ${JSON.stringify(machine ?? null)}, which may keep what a pull request leaves there`,
          "write a runner of GitHub's, e.g. runs-on: ubuntu-24.04",
        )),
  ];
}

function ofQueue({ value }: TreeJob, { queue }: ShippedJob, say: Say): readonly TreeFinding[] {
  const { concurrency } = value;
  if (queue === undefined) {
    return concurrency === undefined
      ? []
      : say(["concurrency"], "waits for others", "take concurrency out");
  }
  const { group, cancels } = queue;
  const now = mapOf(concurrency);
  const isSame =
    spaced(now["group"] ?? null) === group &&
    (now["cancel-in-progress"] ?? false) === cancels &&
    Object.keys(now).every((key) => ["group", "cancel-in-progress"].includes(key));
  if (isSame) return [];
  return say(
    ["concurrency"],
    cancels
      ? "goes on for a commit that another one has replaced, or is cancelled for one that is none of its own"
      : "does not wait for its own, and for those alone, or is cancelled half-way",
    `write under concurrency: group: ${group}${cancels ? ", cancel-in-progress: true" : ""}`,
  );
}

/** One job an image; one that fails stops no other. */
function ofImages({ value }: TreeJob, { images }: ShippedJob, say: Say): readonly TreeFinding[] {
  const strategy = mapOf(value["strategy"]);
  if (images === undefined) {
    return value["strategy"] === undefined
      ? []
      : say(["strategy"], "is several jobs", "take strategy out");
  }
  const matrix = mapOf(strategy["matrix"]);
  const path = ["strategy", "matrix"];
  const [wanted, key] = "list" in images ? [images.list, "image"] : [images.exclude, "exclude"];
  const keys = "list" in images ? ["image"] : ["image", "exclude"];
  const surplus = [
    ...Object.keys(strategy).filter((one) => !["fail-fast", "matrix"].includes(one)),
    ...Object.keys(matrix).filter((one) => !keys.includes(one)),
  ];
  return [
    ...(strategy["fail-fast"] === false
      ? []
      : say(
          ["strategy", "fail-fast"],
          "cancels every image when one fails",
          "write fail-fast: false",
        )),
    ...(spaced(matrix[key] ?? null) === wanted
      ? []
      : say(
          [...path, key],
          "is not for the images that the plan tells",
          `write ${key}: ${wanted}`,
        )),
    ...surplus.flatMap((one) =>
      say(path, `has ${one} in its matrix, beside its images`, `take ${one} out`),
    ),
  ];
}

function ofOutputs(
  { value }: TreeJob,
  { outputs = {} }: ShippedJob,
  say: Say,
): readonly TreeFinding[] {
  const now = mapOf(value["outputs"]);
  const different = Object.entries(outputs).filter(
    ([key, text]) => spaced(now[key] ?? "") !== text,
  );
  return [
    ...different.flatMap(([key, text]) =>
      say(["outputs", key], `hands on another ${key}`, `write under outputs: ${key}: ${text}`),
    ),
    ...Object.keys(now)
      .filter((key) => !Object.hasOwn(outputs, key))
      .flatMap((key) =>
        say(["outputs", key], `hands ${key} on, which nobody reads`, `take ${key} out`),
      ),
  ];
}

function ofSteps(job: TreeJob, { steps }: ShippedJob, say: Say): readonly TreeFinding[] {
  const index = steps.findIndex((wanted, at) => !isWantedStep(job.steps[at], wanted));
  const different = index < 0 && job.steps.length > steps.length ? steps.length : index;
  if (different < 0) return [];
  const wanted = steps[different];
  const isThere = job.steps[different] !== undefined;
  return say(
    isThere ? ["steps", different] : [],
    `has ${isThere ? "another" : "no"} step ${different + 1}`,
    wanted === undefined ? "take the step out" : `write the step ${wantedStepText(wanted)}`,
  );
}
