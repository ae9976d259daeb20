import {
  environmentOf,
  findingAt,
  jobsOf,
  mapOf,
  stepsOf,
  textsOf,
  type TreeFile,
  type TreeFinding,
  type TreeJob,
  type TreeStep,
  triggersOf,
} from "./workflow-tree.ts";

/** The action that installs Slipway from the checkout of a job. */
export const SETUP_ACTION = "./.github/actions/setup";

/** The action that makes a GitHub App's token. */
const APP_TOKEN = "actions/create-github-app-token@";

/** Events whose runs a pull request starts, with its own version of the workflow. */
const OF_PULL_REQUESTS = ["pull_request", "pull_request_review", "pull_request_review_comment"];

/**
 * What a credentialed job may check out: the commit that its run is of, a commit of the base, and protected branches by
 * their name. All else may be anybody's.
 */
const TRUSTED_REFS = [
  "${{ github.sha }}",
  "${{ github.ref }}",
  "${{ github.workflow_sha }}",
  "${{ github.event.pull_request.base.sha }}",
  "${{ github.event.repository.default_branch }}",
  "refs/heads/main",
  "main",
];

/** Programs that install, or fetch what would then run. */
const INSTALLS =
  /(?:^|[\s;&|(`])(?:npm\s+(?:ci|i|install|add|exec|x)\b|npx\s|yarn\b|pnpm\b|bun\s|corepack\b|pip3?\s+install\b|pipx\s|uvx?\s|go\s+(?:install|run|get)\b|cargo\s+install\b|gem\s+install\b|curl\s|wget\s|apt(?:-get)?\s+install\b)/;

/** What makes a job one with a credential, in words; empty for a job that has none. */
export function credentialsOf(job: TreeJob): readonly string[] {
  const environment = environmentOf(job);
  const permissions = mapOf(job.value["permissions"]);
  const writes = Object.entries(permissions).filter(([, level]) => level === "write");
  // What stands under the workflow's env: is there in every job.
  const texts = [...textsOf(job.value), ...textsOf(mapOf(job.file.root)["env"])];
  const secrets = texts.flatMap(({ text, path }) => (path.at(-1) === "run" ? [] : secretsIn(text)));
  const actions = job.steps.flatMap(({ uses = "" }) =>
    uses.startsWith(APP_TOKEN) || uses.startsWith("aws-actions/configure-aws-credentials@")
      ? uses.replace(/@.*$/s, "")
      : [],
  );
  const all = [
    ...(environment === undefined ? [] : [`environment ${environment}`]),
    ...(typeof job.value["permissions"] === "string" && job.value["permissions"].includes("write")
      ? [`permissions: ${job.value["permissions"]}`]
      : []),
    ...writes.map(([name]) => `${name}: write`),
    ...secrets,
    ...(job.value["secrets"] === undefined ? [] : ["secrets that it hands on"]),
    ...actions,
  ];
  return [...new Set(all)];
}

/** Secrets that a text reads: `secrets.DOCKER_TOKEN`. The token that GitHub gives every job is judged by its permissions. */
function secretsIn(text: string): readonly string[] {
  return [...text.matchAll(/\bsecrets\s*(?:\.\s*([\w-]+)|\[|\))/gi)]
    .map(([, name]) => (name === undefined ? "secrets" : `secrets.${name}`))
    .filter((name) => name.toUpperCase() !== "SECRETS.GITHUB_TOKEN");
}

/** What jobs with a credential do that they may not, and which jobs may have none. */
export function credentialFindings(file: TreeFile): readonly TreeFinding[] {
  return [
    ...jobsOf(file).flatMap((job) => {
      const credentials = credentialsOf(job);
      if (credentials.length === 0) return [];
      return [
        ...ofPullRequest(job, credentials),
        ...strangeCheckouts(job, credentials),
        ...strangeInstalls(job, credentials),
        ...earlyTokens(job),
      ];
    }),
    ...jobsOf(file).flatMap(missingSetup),
    ...scriptsOfPackages(file),
  ];
}

function ofPullRequest(job: TreeJob, credentials: readonly string[]): readonly TreeFinding[] {
  const event = OF_PULL_REQUESTS.find((one) => Object.hasOwn(triggersOf(job.file), one));
  if (event === undefined) return [];
  return [
    findingAt(job.file, job.path, {
      rule: "pull-request-credential",
      message: `job ${job.name} of a workflow on ${event} holds ${credentials.join(", ")}; a pull request may change what it runs`,
      remedy: "give it contents: read alone, and do the rest in a workflow of main",
    }),
  ];
}

function strangeCheckouts(job: TreeJob, credentials: readonly string[]): readonly TreeFinding[] {
  return job.steps.flatMap((step) => {
    const faults = [...checkoutFaults(step), ...gitFaults(step)];
    return faults.map((fault) =>
      findingAt(job.file, step.path, {
        rule: "untrusted-checkout",
        message: `job ${job.name} holds ${credentials[0] ?? ""} and step ${JSON.stringify(step.label).slice(0, 80)} ${fault}`,
        remedy:
          "check out the commit of the run (no ref, no repository), or do this in a job without a credential",
      }),
    );
  });
}

function checkoutFaults({ uses = "", value }: TreeStep): readonly string[] {
  if (!uses.startsWith("actions/checkout@")) return [];
  const { ref, repository, "allow-unsafe-pr-checkout": unsafe } = mapOf(value["with"]);
  const faults: string[] = [];
  if (ref !== undefined && !TRUSTED_REFS.includes(spaced(ref))) {
    faults.push(`checks out ${JSON.stringify(ref)}, which may be anybody's`);
  }
  if (repository !== undefined && spaced(repository) !== "${{ github.repository }}") {
    faults.push(`checks out the repository ${JSON.stringify(repository)}, which may be anybody's`);
  }
  if (unsafe !== undefined && unsafe !== false) {
    faults.push("allows a fork's pull request to be checked out (allow-unsafe-pr-checkout)");
  }
  return faults;
}

/** A checkout without the action: what names a pull request's head, beside a command that fetches. */
function gitFaults({ run, value }: TreeStep): readonly string[] {
  if (run === undefined) return [];
  if (/\bgh\s+pr\s+checkout\b/.test(run) || /\bpull\/[^\s]*\/?(?:head|merge)\b/.test(run)) {
    return ["fetches a pull request"];
  }
  if (!/\bgit\s[^\n]*\b(?:checkout|fetch|clone|pull|switch|worktree|archive)\b/.test(run)) {
    return [];
  }
  const heads = textsOf(value["env"]).filter(({ text }) =>
    /github\.head_ref|pull_request\.head\.|workflow_run\.head_|head_commit/.test(text),
  );
  return heads.map(({ text }) => `fetches by ${text}, which a pull request names`);
}

function strangeInstalls(job: TreeJob, credentials: readonly string[]): readonly TreeFinding[] {
  const remedy = `install by uses: ${SETUP_ACTION} alone, which runs no package's scripts, or do it in a job without a credential`;
  return job.steps.flatMap((step) => {
    const found = INSTALLS.exec(step.run ?? "")?.[0].trim();
    const folder = step.uses?.startsWith("./") === true && step.uses !== SETUP_ACTION;
    const fault = folder
      ? `uses ${step.uses ?? ""}`
      : found === undefined
        ? undefined
        : `runs ${found}`;
    if (fault === undefined) return [];
    return findingAt(job.file, step.path, {
      rule: "credentialed-install",
      message: `job ${job.name} holds ${credentials[0] ?? ""} and ${fault}`,
      remedy,
    });
  });
}

/** An app's token lives for an hour, so that what needs it comes next. */
function earlyTokens(job: TreeJob): readonly TreeFinding[] {
  return job.steps.flatMap((step, index) => {
    if (step.uses?.startsWith(APP_TOKEN) !== true) return [];
    const { id } = step.value;
    const next = job.steps[index + 1];
    const reads = `steps.${String(id)}.outputs.token`;
    const isNext = textsOf(next?.value).some(({ text }) => text.includes(reads));
    const bounded = Object.keys(mapOf(step.value["with"])).some((key) =>
      key.startsWith("permission-"),
    );
    return [
      ...(isNext
        ? []
        : [
            findingAt(job.file, step.path, {
              rule: "early-token",
              message: `job ${job.name} makes a token of the GitHub App that its next step does not read (\${{ ${reads} }}); the token lives an hour`,
              remedy: "make it right before the step that needs it",
            }),
          ]),
      ...(bounded
        ? []
        : [
            findingAt(job.file, step.path, {
              rule: "early-token",
              message: `job ${job.name} makes a token with every permission of the GitHub App`,
              remedy: "name those that it needs: permission-environments: write, ...",
            }),
          ]),
    ];
  });
}

/** `slipway` is there only behind the action that installs it. */
function missingSetup(job: TreeJob): readonly TreeFinding[] {
  const first = job.steps.findIndex(({ run = "" }) => /(?:^|\s)slipway\s/m.test(run));
  if (first < 0) return [];
  const before = job.steps.slice(0, first);
  if (before.some(({ uses }) => uses?.endsWith(SETUP_ACTION.slice(1)) === true)) return [];
  return [
    findingAt(job.file, job.steps[first]?.path ?? job.path, {
      rule: "setup",
      message: `job ${job.name} runs slipway and has not installed it`,
      remedy: `put uses: ${SETUP_ACTION} before the step`,
    }),
  ];
}

/** Actions install without the scripts of packages. */
function scriptsOfPackages(file: TreeFile): readonly TreeFinding[] {
  if (file.kind !== "action") return [];
  return stepsOf(file)
    .filter(({ run = "" }) => /\bnpm\s+(?:ci|i|install|add)\b(?!.*--ignore-scripts)/.test(run))
    .map((step) =>
      findingAt(file, step.path, {
        rule: "credentialed-install",
        message: `step ${JSON.stringify(step.label).slice(0, 80)} installs and lets packages run their scripts`,
        remedy: "write npm ci --ignore-scripts",
      }),
    );
}

function spaced(value: unknown): string {
  return String(value)
    .trim()
    .replace(/^\$\{\{\s*(.*?)\s*\}\}$/s, "${{ $1 }}");
}
