import { MAIN_BRANCH } from "./names.ts";
import { PINS_ENVIRONMENT } from "./refs.ts";
import { CHECKOUT } from "./workflow-action-names.ts";
import { PUBLISHING_WORKFLOW } from "./workflow-derived-names.ts";
import { APP_TOKEN } from "./workflow-safety-credentials.ts";
import { SETUP_ACTION } from "./workflow-safety-setup.ts";
import type { ShippedJob } from "./workflow-shipped-job.ts";
import type { WantedStep } from "./workflow-wanted-step.ts";

const RUN = "github.event.workflow_run";
const HAS_APP = "vars.SLIPWAY_PINS_APP_CLIENT_ID != ''";

/** What a job that proposes runs, with which variables, and what its token may do besides. */
interface ProposingCommand {
  readonly run: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly permissions?: Readonly<Record<string, string>>;
}

/**
 * Main's Slipway with its history, and a token of the GitHub App that proposes, for one command. A stack without the App
 * proposes nothing.
 */
export function proposingSteps(command: ProposingCommand): readonly WantedStep[] {
  return [
    { uses: CHECKOUT, with: { "fetch-depth": 0, "persist-credentials": false } },
    { uses: SETUP_ACTION },
    // Pins stand in workflows, too.
    appToken({ "permission-workflows": "write", ...command.permissions }),
    withAppToken(command),
  ];
}

/** @param permissions besides those of every proposal */
function appToken(permissions: Readonly<Record<string, string>> = {}): WantedStep {
  return {
    id: "app",
    if: HAS_APP,
    uses: APP_TOKEN,
    with: {
      "client-id": "${{ vars.SLIPWAY_PINS_APP_CLIENT_ID }}",
      "private-key": "${{ secrets.SLIPWAY_PINS_APP_KEY }}",
      "permission-contents": "write",
      "permission-pull-requests": "write",
      ...permissions,
    },
  };
}

function withAppToken({ run, env }: ProposingCommand): WantedStep {
  return {
    if: HAS_APP,
    env: {
      GITHUB_TOKEN: "${{ steps.app.outputs.token }}",
      GHCR_USER: "${{ github.actor }}",
      GHCR_TOKEN: "${{ github.token }}",
      ...env,
    },
    run,
  };
}

/** The base's Slipway over the pull request's tree, with nothing to take. */
const CHECK: ShippedJob = {
  name: "check",
  does: "checks the pins of a pull request",
  demands: ["github.event_name == 'pull_request'"],
  permissions: { contents: "read" },
  queue: { group: "pins-check-${{ github.event.pull_request.number }}", cancels: true },
  steps: [
    {
      uses: CHECKOUT,
      with: { "fetch-depth": 2, path: "pull-request", "persist-credentials": false },
    },
    {
      id: "base",
      run: 'echo "commit=$(git -C pull-request rev-parse --verify HEAD^1)" >> "$GITHUB_OUTPUT"',
    },
    {
      uses: CHECKOUT,
      with: {
        ...{ ref: "${{ steps.base.outputs.commit }}", path: "base" },
        "persist-credentials": false,
      },
    },
    { uses: "./base/.github/actions/setup" },
    { run: 'slipway pins check --root "$GITHUB_WORKSPACE/pull-request"' },
  ],
};

/**
 * After a publication of main. On a pull request none of what it demands is there, and the environment admits main alone,
 * whatever a pull request makes of this file.
 */
const PROPOSE: ShippedJob = {
  name: "propose",
  does: "proposes pins",
  demands: [
    // One image that does not build fails a run that has published the others.
    `(${RUN}.conclusion == 'success' || ${RUN}.conclusion == 'failure')`,
    `(${RUN}.event == 'push' || ${RUN}.event == 'workflow_dispatch')`,
    `${RUN}.path == '${PUBLISHING_WORKFLOW}'`,
    `${RUN}.repository.id == github.repository_id`,
    `${RUN}.head_repository.id == github.repository_id`,
    `${RUN}.head_branch == '${MAIN_BRANCH}'`,
    "vars.SLIPWAY_REGISTRIES != ''",
  ],
  environment: PINS_ENVIRONMENT,
  permissions: { contents: "read", packages: "read" },
  queue: { group: "pins-propose", cancels: false },
  steps: proposingSteps({ run: "slipway pins propose" }),
};

/**
 * Every week, or when somebody asks. What it reads of other repositories is data: no ref but main's comes to the environment,
 * and what it writes is the file of pinned digests.
 */
const PROTECT: ShippedJob = {
  name: "protect",
  does: "proposes which pinned digests are kept",
  demands: [
    "github.event_name != 'workflow_run'",
    `github.ref == 'refs/heads/${MAIN_BRANCH}'`,
    "vars.SLIPWAY_REGISTRIES != ''",
  ],
  environment: PINS_ENVIRONMENT,
  permissions: { contents: "read", packages: "read" },
  queue: { group: "pins-protect", cancels: false },
  steps: [
    { uses: CHECKOUT, with: { "persist-credentials": false } },
    { uses: SETUP_ACTION },
    appToken(),
    withAppToken({ run: "slipway pins protect --propose" }),
  ],
};

/** The jobs of the workflow that checks, proposes and protects pins. */
export const PINS_JOBS: readonly ShippedJob[] = [CHECK, PROPOSE, PROTECT];
