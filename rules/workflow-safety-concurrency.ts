import { CANDIDATE_ENVIRONMENT, DEPLOY_ENVIRONMENT, PUBLISHING_ENVIRONMENT } from "./refs.ts";
import { PUBLISHING_WORKFLOW } from "./workflow-derived-names.ts";
import { spaced } from "./workflow-safety-inputs.ts";
import {
  environmentOf,
  findingAt,
  jobsOf,
  mapOf,
  type TreeFile,
  type TreeFinding,
  type TreeJob,
  type YamlPath,
} from "./workflow-tree.ts";

/** Environments whose jobs move names or change what is applied. */
const PUBLISHING: readonly string[] = [PUBLISHING_ENVIRONMENT, "docker-stage", DEPLOY_ENVIRONMENT];

/** What a workflow or a job waits in. */
interface Queue {
  readonly file: TreeFile;
  readonly path: YamlPath;
  /** As it is written; undefined where there is none. */
  readonly group: string | undefined;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Workflows that publish run one at a time for each channel, and no run of them is lost or cut off. */
export function concurrencyFindings(files: readonly TreeFile[]): readonly TreeFinding[] {
  const publishing = files.filter((file) => jobsOf(file).some(publishes));
  return [
    ...publishing.flatMap(ofWorkflow),
    ...publishing.flatMap((file) => sharedGroups(file, files)),
    ...files.flatMap(cancelled),
  ];
}

/** What only a run knows may be one of them. */
function publishes(job: TreeJob): boolean {
  const environment = environmentOf(job)?.toLowerCase();
  return (
    environment !== undefined && (environment.includes("${{") || PUBLISHING.includes(environment))
  );
}

function ofWorkflow(file: TreeFile): readonly TreeFinding[] {
  const whole = queueOf(file, ["concurrency"], mapOf(file.root)["concurrency"]);
  const name = /([\w-]+)\.ya?ml$/.exec(file.file)?.[1] ?? "up";
  const own = /^[\w-]+-\$\{\{ github\.ref \}\}$/.test(spaced(whole.group ?? ""));
  const queues = [
    whole,
    ...jobsOf(file)
      .filter(publishes)
      .map(queueOfJob)
      .filter(({ group }) => group !== undefined),
  ];
  return [
    ...(own
      ? []
      : [
          fault(
            whole,
            `its group is ${JSON.stringify(whole.group ?? null)}, not that of one ref`,
            `write group: ${name}-\${{ github.ref }}`,
          ),
        ]),
    ...queues
      .filter(({ settings }) => settings["queue"] !== "max")
      .map((queue) =>
        fault(queue, "a run that waits is dropped for the next one", "write queue: max"),
      ),
  ];
}

/** In jobs with an environment something is under way that has to end; where candidates are pushed, nothing has a name. */
function cancelled(file: TreeFile): readonly TreeFinding[] {
  const jobs = jobsOf(file).filter(
    (job) => ![undefined, CANDIDATE_ENVIRONMENT].includes(environmentOf(job)?.toLowerCase()),
  );
  if (jobs.length === 0) return [];
  const whole = queueOf(file, ["concurrency"], mapOf(file.root)["concurrency"]);
  return [whole, ...jobs.map(queueOfJob)]
    .filter(({ settings }) => ![undefined, false].includes(settings["cancel-in-progress"] as never))
    .map((queue) => fault(queue, "a run may be cancelled half-way", "take cancel-in-progress out"));
}

/** A group belongs to the whole repository: a run of another workflow would take the place of one that waits. */
function sharedGroups(file: TreeFile, files: readonly TreeFile[]): readonly TreeFinding[] {
  const own = queuesOf(file);
  return files
    .filter((other) => other !== file && other.file !== PUBLISHING_WORKFLOW)
    .flatMap(queuesOf)
    .flatMap((queue) => {
      const met = own.find((one) => mayMeet(nameOf(one), nameOf(queue)));
      if (met === undefined) return [];
      return [
        findingAt(queue.file, queue.path, {
          rule: "concurrency",
          message: `its group ${JSON.stringify(queue.group)} may be ${JSON.stringify(met.group)}, in which ${file.file} publishes`,
          remedy: "begin the group with a word of its own",
        }),
      ];
    });
}

function queuesOf(file: TreeFile): readonly Queue[] {
  const whole = queueOf(file, ["concurrency"], mapOf(file.root)["concurrency"]);
  return [whole, ...jobsOf(file).map(queueOfJob)].filter(({ group }) => group !== undefined);
}

function queueOfJob({ file, path, value }: TreeJob): Queue {
  return queueOf(file, [...path, "concurrency"], value["concurrency"]);
}

function queueOf(file: TreeFile, path: YamlPath, concurrency: unknown): Queue {
  const settings = mapOf(concurrency);
  const group = settings["group"] ?? concurrency;
  return { file, path, settings, group: typeof group === "string" ? group : undefined };
}

/** GitHub tells groups apart without regard to capitals; the name of the own workflow is known. */
function nameOf({ file, group = "" }: Queue): string {
  const { name } = mapOf(file.root);
  const own = typeof name === "string" ? name : file.file;
  return group.replace(/\$\{\{\s*github\.workflow\s*\}\}/g, () => own).toLowerCase();
}

/** Whether two groups may come to be the same, by what stands before and behind their expressions. */
function mayMeet(a: string, b: string): boolean {
  const [x, y] = [shapeOf(a), shapeOf(b)];
  if (x.isFixed && y.isFixed) return a === b;
  if (x.isFixed) return a.startsWith(y.before) && a.endsWith(y.behind);
  if (y.isFixed) return b.startsWith(x.before) && b.endsWith(x.behind);
  return (
    (x.before.startsWith(y.before) || y.before.startsWith(x.before)) &&
    (x.behind.endsWith(y.behind) || y.behind.endsWith(x.behind))
  );
}

function shapeOf(text: string) {
  return {
    isFixed: !text.includes("${{"),
    before: text.replace(/\$\{\{.*$/s, ""),
    behind: text.replace(/^.*\}\}/s, ""),
  };
}

function fault({ file, path }: Queue, found: string, remedy: string): TreeFinding {
  return findingAt(file, path, {
    rule: "concurrency",
    message: `the workflow publishes, and ${found}`,
    remedy,
  });
}
