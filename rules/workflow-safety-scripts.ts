import { credentialsOf } from "./workflow-safety-credentials.ts";
import { SETUP_ACTION } from "./workflow-safety-setup.ts";
import {
  findingAt,
  jobsOf,
  mapOf,
  type TreeFile,
  type TreeFinding,
  type TreeJob,
} from "./workflow-tree.ts";

/** One command of Slipway, whose arguments are words, variables and files in the runner's folders. */
const COMMAND =
  /^slipway(?: +(?:[\w@%+=:,./-]+|"\$[A-Z_][A-Z0-9_]*"|"\$(?:RUNNER_TEMP|GITHUB_WORKSPACE)(?:\/[\w-]+(?:\.[\w-]+)*)+"))+$/;

/** Variables by which a program that starts takes code or settings from elsewhere. */
const STEERING = /^(?:NODE_|NPM_|BASH_|LD_|GIT_|ENV$|PATH$|SHELLOPTS$)/i;

/** Whether a script is one command of Slipway. */
export function isCommand(run: string): boolean {
  return COMMAND.test(run.trim());
}

/** In a job with a credential runs Slipway, by the action that installs it, and nothing that could be another's. */
export function scriptFindings(file: TreeFile): readonly TreeFinding[] {
  return jobsOf(file).flatMap((job) => {
    const [credential] = credentialsOf(job);
    return credential === undefined ? [] : ofJob(job, credential);
  });
}

function ofJob(job: TreeJob, credential: string): readonly TreeFinding[] {
  const { file } = job;
  const holds = `job ${job.name} holds ${credential} and`;
  const elsewhere = "or do it in a job without a credential";
  const steering = [mapOf(file.root), job.value, ...job.steps.map(({ value }) => value)].flatMap(
    ({ env }) => Object.keys(mapOf(env)).filter((name) => STEERING.test(name)),
  );
  const defaults = [mapOf(file.root), job.value].some(({ defaults: set }) => set !== undefined);
  return [
    ...(defaults
      ? [
          findingAt(
            file,
            job.value["defaults"] === undefined ? ["defaults"] : [...job.path, "defaults"],
            {
              rule: "credentialed-script",
              message: `${holds} runs by defaults of its own`,
              remedy: "take defaults: out",
            },
          ),
        ]
      : []),
    ...steering.map((name) =>
      findingAt(file, job.path, {
        rule: "credentialed-script",
        message: `${holds} sets ${name}, by which programs take code from elsewhere`,
        remedy: `take ${name} out, ${elsewhere}`,
      }),
    ),
    ...job.steps.flatMap((step) => {
      const { run, uses, value } = step;
      const key = ["shell", "working-directory"].find((one) => value[one] !== undefined);
      return [
        ...(run === undefined || isCommand(run)
          ? []
          : [
              findingAt(file, [...step.path, "run"], {
                rule: "credentialed-script",
                message: `${holds} runs ${JSON.stringify(run).slice(0, 80)}`,
                remedy: `write one slipway command a step, of words, "$VARIABLE" and "$RUNNER_TEMP/NAME"; install by uses: ${SETUP_ACTION} alone, ${elsewhere}`,
              }),
            ]),
        ...(run === undefined || key === undefined
          ? []
          : [
              findingAt(file, [...step.path, key], {
                rule: "credentialed-script",
                message: `${holds} runs a command by a ${key} of its own`,
                remedy: `take ${key} out, ${elsewhere}`,
              }),
            ]),
        ...(uses?.startsWith("./") !== true || uses === SETUP_ACTION
          ? []
          : [
              findingAt(file, [...step.path, "uses"], {
                rule: "credentialed-script",
                message: `${holds} uses ${uses}`,
                remedy: `install by uses: ${SETUP_ACTION} alone, ${elsewhere}`,
              }),
            ]),
      ];
    }),
  ];
}
