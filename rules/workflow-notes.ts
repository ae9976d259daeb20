import { parseImageLabel } from "./image-label.ts";
import { DEPLOY_ENVIRONMENT, DRIFT_ENVIRONMENT, PINS_ENVIRONMENT } from "./refs.ts";
import type { Served, ServedSettings } from "./workflow-derived.ts";
import {
  environmentOf,
  findingAt,
  jobsOf,
  mapOf,
  textsOf,
  type TreeFile,
  type TreeFinding,
} from "./workflow-tree.ts";

const APPS = [
  {
    key: "deployApp",
    secret: "SLIPWAY_APP_KEY",
    environment: DEPLOY_ENVIRONMENT,
    work: "nothing may apply environments, secrets, variables and rulesets",
  },
  {
    key: "driftApp",
    secret: "SLIPWAY_DRIFT_APP_KEY",
    environment: DRIFT_ENVIRONMENT,
    work: "nothing may look at environments, secrets, variables and rulesets",
  },
  {
    key: "pinsApp",
    secret: "SLIPWAY_PINS_APP_KEY",
    environment: PINS_ENVIRONMENT,
    work: "nothing may propose pins",
  },
] as const;

/** What is no fault of the workflows and yet keeps a run of them from its end: what a team has not written yet. */
export function workflowNotes(
  files: readonly TreeFile[],
  { settings, secrets }: Pick<Served, "settings" | "secrets">,
): readonly TreeFinding[] {
  const entered = new Set(files.flatMap(jobsOf).map(environmentOf));
  return [
    ...settings
      .filter(({ local }) => !local)
      .flatMap((stack) => settingNotes(stack, entered, secrets, files)),
    ...files.flatMap(platformNotes),
  ];
}

function settingNotes(
  stack: ServedSettings,
  entered: ReadonlySet<string | undefined>,
  secrets: Served["secrets"],
  files: readonly TreeFile[],
): readonly TreeFinding[] {
  const { file } = stack;
  const has = (environment: string, name: string) =>
    secrets.some(
      (one) =>
        one.file.file === file.file &&
        one.secret.environment === environment &&
        one.secret.name === name,
    );
  const note = (rule: string, message: string, remedy: string) =>
    findingAt(file, ["config"], { rule, message, remedy });
  const apps = APPS.filter(({ environment }) => entered.has(environment)).flatMap(
    ({ key, secret, environment, work }) => [
      ...(stack[key] !== ""
        ? []
        : [
            note(
              "settings",
              `has no slipway:${key}, so that in ${environment} ${work}`,
              `write slipway:${key}, the client id of the GitHub App (docs/workflows.md, "Set up")`,
            ),
          ]),
      ...(has(environment, secret)
        ? []
        : [
            note(
              "settings",
              `declares no secret ${secret} of ${environment}, the key of the GitHub App`,
              `declare it under slipway:secrets, with source: sealed (docs/secrets.md)`,
            ),
          ]),
    ],
  );
  const stateless = [DEPLOY_ENVIRONMENT, DRIFT_ENVIRONMENT].filter(
    (environment) =>
      entered.has(environment) &&
      stack.stateBucket === "" &&
      !has(environment, "PULUMI_ACCESS_TOKEN") &&
      !namesBackend(files, environment),
  );
  if (stateless.length === 0) return apps;
  return [
    ...apps,
    note(
      "settings",
      `does not tell ${stateless.join(" and ")} where Pulumi keeps the stack`,
      `write slipway:stateBucket and slipway:stateKmsKey, or declare the secret PULUMI_ACCESS_TOKEN of ${stateless.join(" and ")} (docs/workflows.md, "State")`,
    ),
  ];
}

/** Whether jobs of an environment are told of another place for the state. */
function namesBackend(files: readonly TreeFile[], environment: string): boolean {
  const jobs = files.flatMap(jobsOf).filter((job) => environmentOf(job) === environment);
  const tells = (value: unknown) => Object.hasOwn(mapOf(mapOf(value)["env"]), "PULUMI_BACKEND_URL");
  return jobs.some(
    ({ file, value, steps }) =>
      tells(file.root) || tells(value) || steps.some((step) => tells(step.value)),
  );
}

/** Images of a platform that no runner of the job has are built by emulation, which takes hours. */
function platformNotes(file: TreeFile): readonly TreeFinding[] {
  return jobsOf(file).flatMap((job) => {
    const labels = mapOf(mapOf(job.value["strategy"])["matrix"])["image"];
    const runner = textsOf(job.value["runs-on"]).map(({ text }) => text);
    // A runner that is chosen by the image, or whose name says its processor, is the team's decision.
    if (!Array.isArray(labels) || runner.some((one) => /\$\{\{|arm|aarch/.test(one))) return [];
    const foreign = labels
      .map(String)
      .filter((label) => parseImageLabel(label)?.platform?.startsWith("linux/arm") === true);
    if (foreign.length === 0) return [];
    return [
      findingAt(file, [...job.path, "runs-on"], {
        rule: "platforms",
        message: `job ${job.name} builds ${foreign.join(", ")} on ${runner.join(", ")}, whose processor is another one`,
        remedy:
          "write runs-on: ${{ endsWith(matrix.image, '@linux/arm64') && 'ubuntu-24.04-arm' || 'ubuntu-24.04' }}, or name a builder of the platform under slipway:builders",
      }),
    ];
  });
}
