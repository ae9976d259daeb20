import {
  findingAt,
  jobsOf,
  stepsOf,
  type TreeFile,
  type TreeFinding,
  type TreeJob,
} from "./workflow-tree.ts";

/** The action that installs Slipway from the checkout of a job. */
export const SETUP_ACTION = "./.github/actions/setup";
const SETUP_FILE = `${SETUP_ACTION.slice(2)}/action.yml`;

/** What the action runs beside jobs' credentials: the command's first run installs it, with no package's scripts. */
const SCRIPT = [
  'root="$(cd "$GITHUB_ACTION_PATH/../../.." && pwd -P)"',
  "umask 022",
  'chmod -R u=rwX,go=rX "$root/images"',
  '"$root/bin/slipway" --version',
  'echo "$root/bin" >> "$GITHUB_PATH"',
];

/** `slipway` is there only behind the action that installs it, and that does nothing else. */
export function setupFindings(file: TreeFile): readonly TreeFinding[] {
  return [...jobsOf(file).flatMap(missingSetup), ...(file.file === SETUP_FILE ? own(file) : [])];
}

function missingSetup(job: TreeJob): readonly TreeFinding[] {
  const first = job.steps.findIndex(({ run = "" }) => /(?:^|\s)slipway\s/m.test(run));
  if (first < 0) return [];
  const before = job.steps.slice(0, first);
  if (before.some(({ uses }) => uses?.endsWith(SETUP_ACTION.slice(1)) === true)) return [];
  // Another repository names the action by commit.
  if (before.some(({ uses = "" }) => uses.includes(`${SETUP_ACTION.slice(1)}@`))) return [];
  return [
    findingAt(job.file, job.steps[first]?.path ?? job.path, {
      rule: "setup",
      message: `job ${job.name} runs slipway and has not installed it`,
      remedy: `put uses: ${SETUP_ACTION} before the step`,
    }),
  ];
}

function own(file: TreeFile): readonly TreeFinding[] {
  const steps = stepsOf(file);
  const at = (path: (typeof steps)[number]["path"], message: string, remedy: string) =>
    findingAt(file, path, { rule: "setup-action", message, remedy });
  const lines = steps.flatMap(({ run = "", path }) =>
    run.split("\n").flatMap((line) => {
      const text = line.trim();
      return text === "" || text.startsWith("#") ? [] : { text, path };
    }),
  );
  const missing = SCRIPT.filter((wanted) => !lines.some(({ text }) => text === wanted));
  return [
    ...lines
      .filter(({ text }) => !SCRIPT.includes(text))
      .map(({ text, path }) =>
        at(
          [...path, "run"],
          `runs ${JSON.stringify(text).slice(0, 100)} beside every job's credentials`,
          "take the line out; what installs is bin/slipway, by npm ci --ignore-scripts",
        ),
      ),
    ...missing.map((text) =>
      at(
        ["runs", "steps"],
        `does not run ${text}`,
        `write the line ${text} (${SCRIPT.length} in all: ${SCRIPT.join("; ")})`,
      ),
    ),
    ...steps
      .filter(({ uses }) => uses !== undefined && !uses.startsWith("actions/setup-node@"))
      .map(({ uses = "", path }) =>
        at([...path, "uses"], `uses ${uses} beside every job's credentials`, "take it out"),
      ),
    ...steps
      .filter(({ value }) =>
        Object.keys(value).some((key) => !["name", "uses", "with", "run", "shell"].includes(key)),
      )
      .map(({ path, label }) =>
        at(
          path,
          `step ${JSON.stringify(label).slice(0, 80)} has more than name, uses, with, run and shell`,
          "take the rest out",
        ),
      ),
    ...steps
      .filter(({ run, value }) => run !== undefined && value["shell"] !== "bash")
      .map(({ path }) => at(path, "runs its script in another shell", "write shell: bash")),
  ];
}
