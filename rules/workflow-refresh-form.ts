import { branchRef } from "./git-ref.ts";
import { MAIN_BRANCH } from "./names.ts";
import { ROLE_VARIABLES } from "./stack-outputs.ts";
import { PUBLISHING_WORKFLOW } from "./workflow-derived-names.ts";
import { CHECKOUT } from "./workflow-action-names.ts";
import { ASSUME } from "./workflow-safety-credentials.ts";
import { SETUP_ACTION } from "./workflow-safety-setup.ts";
import type { WantedStep } from "./workflow-wanted-step.ts";

/** A job that refreshes what runners keep, as Slipway ships it. */
export interface RefreshForm {
  /** How its command begins, which tells it from others. */
  readonly command: string;
  /** What has to hold for it to run, all of it. */
  readonly demands: readonly string[];
  /** Those of one runner, image and channel wait for each other. */
  readonly group: string;
  readonly steps: readonly WantedStep[];
}

/** What a dispatch says where it is for all images; no image has this label. */
export const ALL_IMAGES = "all";

const RUN = "github.event.workflow_run";
const ROLE = ROLE_VARIABLES["read-only"];

/** Variables by which the command logs in to ghcr.io, and knows which image it is for. */
const LOGIN = {
  GHCR_USER: "${{ github.actor }}",
  GHCR_TOKEN: "${{ github.token }}",
  IMAGE: "${{ matrix.image }}",
};

/**
 * After a publication: a run of the publishing workflow that a push to this repository's own main or release branch started,
 * and that succeeded. Anybody may have a workflow of its name, a fork a branch of such a name, and a pull request both; the
 * command asks GitHub for the same once more.
 */
const PUBLISHED: RefreshForm = {
  command: "slipway cache refresh --run ",
  demands: [
    `${RUN}.conclusion == 'success'`,
    `${RUN}.event == 'push'`,
    `${RUN}.path == '${PUBLISHING_WORKFLOW}'`,
    `${RUN}.repository.id == github.repository_id`,
    `${RUN}.head_repository.id == github.repository_id`,
    `(${RUN}.head_branch == '${MAIN_BRANCH}' || startsWith(${RUN}.head_branch, 'release/'))`,
    hasStack(),
  ],
  group: groupOf(`${RUN}.head_branch`),
  steps: stepsOf({
    env: { ...LOGIN, GITHUB_TOKEN: "${{ github.token }}", RUN_ID: `\${{ ${RUN}.id }}` },
    run: 'slipway cache refresh --run "$RUN_ID" --image "$IMAGE"',
  }),
};

/** By hand, on main, whose workflow file alone the role trusts. */
const DISPATCHED: RefreshForm = {
  command: "slipway cache refresh --channel ",
  demands: [
    "github.event_name == 'workflow_dispatch'",
    `github.ref == '${branchRef(MAIN_BRANCH)}'`,
    hasStack(),
  ],
  group: groupOf("inputs.channel"),
  steps: stepsOf({
    if: `inputs.image == '${ALL_IMAGES}' || inputs.image == matrix.image`,
    env: { ...LOGIN, CHANNEL: "${{ inputs.channel }}" },
    run: 'slipway cache refresh --channel "$CHANNEL" --image "$IMAGE"',
  }),
};

/** The jobs of the workflow that refreshes what runners keep. */
export const REFRESH_FORMS: readonly RefreshForm[] = [PUBLISHED, DISPATCHED];

/** A fork has the workflow, too, and no runner that ever takes its jobs. Every stack declares this variable. */
function hasStack(): string {
  return "vars.SLIPWAY_REGISTRIES != ''";
}

function groupOf(channel: string): string {
  return `docker-cache-\${{ matrix.runner }}-\${{ matrix.image }}-\${{ ${channel} }}`;
}

/** The steps before the command: main's Slipway, and the role that only reads. */
function stepsOf(command: WantedStep): readonly WantedStep[] {
  return [
    { uses: CHECKOUT, with: { "persist-credentials": false } },
    { uses: SETUP_ACTION },
    {
      uses: ASSUME,
      if: `vars.${ROLE} != ''`,
      with: {
        "role-to-assume": `\${{ vars.${ROLE} }}`,
        // For how long is what the role says.
        "role-duration-seconds": null,
        "aws-region": "${{ vars.SLIPWAY_AWS_REGION }}",
      },
    },
    command,
  ];
}
