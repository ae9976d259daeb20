import { CANDIDATE_ENVIRONMENT, PINS_ENVIRONMENT } from "./refs.ts";
import { ROLE_VARIABLES } from "./stack-outputs.ts";
import { CHECKOUT, DOWNLOAD, UPLOAD } from "./workflow-action-names.ts";
import { PINS_WORKFLOW } from "./workflow-derived-names.ts";
import { proposingSteps } from "./workflow-pins-jobs.ts";
import { ASSUME } from "./workflow-safety-credentials.ts";
import { SETUP_ACTION } from "./workflow-safety-setup.ts";
import type { ShippedJob } from "./workflow-shipped-job.ts";
import type { WantedStep } from "./workflow-wanted-step.ts";

const RUN = "github.event.workflow_run";
const ROLE = ROLE_VARIABLES.candidate;
const CHECKOUT_FOLDER = "$GITHUB_WORKSPACE/pull-request";
const FOLDER = "${{ runner.temp }}/candidate";
/** Names of artifacts have no slash, as labels of images do; two jobs with one matrix have the same numbers. */
const ARTIFACT = "candidate-${{ strategy.job-index }}";

/** Main's Slipway, before anything of the pull request is there. */
const INSTALLED: readonly WantedStep[] = [
  { uses: CHECKOUT, with: { "persist-credentials": false } },
  { uses: SETUP_ACTION },
];

const GITHUB = { GITHUB_TOKEN: "${{ github.token }}" };
const REGISTRY = { GHCR_USER: "${{ github.actor }}", GHCR_TOKEN: "${{ github.token }}" };
const RUN_ID = { RUN_ID: `\${{ ${RUN}.id }}` };
const STACK = { STACK: planned("stack") };
const IMAGE = { IMAGE: "${{ matrix.image }}" };
const COMMITS = {
  PULL_REQUEST: planned("pull-request"),
  MERGE: planned("merge"),
  HEAD: planned("head"),
  BASE: planned("base"),
};
const OF_COMMITS = '--pull-request "$PULL_REQUEST" --merge "$MERGE" --head "$HEAD" --base "$BASE"';

/** The tree of the pull request as GitHub merged it, in a folder that nothing runs from. */
const TREE: WantedStep = {
  uses: CHECKOUT,
  with: { ref: planned("merge"), path: "pull-request", "persist-credentials": false },
};

const IS_FOUND = "steps.find.outputs.pull-request != ''";

/** Asks with a token that changes nothing, and hands on texts that the command has read strictly. */
const PLAN: ShippedJob = {
  name: "plan",
  does: "plans candidates",
  // A run that waits for somebody's leave has ended, too, with action_required.
  demands: [
    `(${RUN}.conclusion == 'success' || ${RUN}.conclusion == 'failure')`,
    `${RUN}.event == 'pull_request'`,
    `${RUN}.path == '${PINS_WORKFLOW}'`,
    `${RUN}.repository.id == github.repository_id`,
    // The stack's word that somebody reviews what is pushed: GitHub makes an environment that nobody declared, open to everybody.
    "vars.SLIPWAY_CANDIDATES == 'true'",
  ],
  permissions: {
    ...{ actions: "read", checks: "read", contents: "read", packages: "read" },
    "pull-requests": "read",
  },
  queue: { group: `candidate-plan-\${{ ${RUN}.id }}`, cancels: true },
  outputs: {
    "pull-request": "${{ steps.plan.outputs.pull-request }}",
    // Of the commit that is checked out here, whatever GitHub merges meanwhile.
    ...of("find", ["head", "merge", "base", "stack"]),
    ...of("plan", ["missing", "present", "reused", "reuse"]),
  },
  steps: [
    ...INSTALLED,
    {
      id: "find",
      env: { ...GITHUB, ...RUN_ID },
      run: 'slipway candidate plan --run "$RUN_ID"',
    },
    ...(["merge", "base"] as const).map((commit) => ({
      uses: CHECKOUT,
      if: IS_FOUND,
      with: {
        ref: `\${{ steps.find.outputs.${commit} }}`,
        path: commit === "merge" ? "pull-request" : "base",
        "persist-credentials": false,
      },
    })),
    {
      id: "plan",
      if: IS_FOUND,
      env: { ...GITHUB, ...REGISTRY, ...RUN_ID },
      run: `slipway candidate plan --run "$RUN_ID" --checkout "${CHECKOUT_FOLDER}" --base "$GITHUB_WORKSPACE/base"`,
    },
  ],
};

/** A pull request's Dockerfile runs here, on a machine that holds nothing. */
const BUILD: ShippedJob = {
  name: "build",
  does: "builds a candidate",
  needs: ["plan"],
  demands: ["needs.plan.outputs.missing == 'true'"],
  permissions: { contents: "read" },
  queue: { group: groupOf("build"), cancels: true },
  images: { exclude: "${{ fromJSON(needs.plan.outputs.present) }}" },
  steps: [
    ...INSTALLED,
    TREE,
    {
      env: { ...IMAGE, ...STACK },
      run: `slipway candidate build --stack "$STACK" --checkout "${CHECKOUT_FOLDER}" --image "$IMAGE" --output "$RUNNER_TEMP/candidate"`,
    },
    {
      uses: UPLOAD,
      with: {
        ...{ name: ARTIFACT, path: FOLDER },
        // An approval may take as long; layers are compressed already.
        ...{ "if-no-files-found": "error", "retention-days": 30, "compression-level": 0 },
        overwrite: true,
      },
    },
  ],
};

/**
 * After an approval, takes what the same run has built, as data, and pushes it. One image that did not build stops no other; builds
 * that were cancelled were replaced by another commit's. One that waits for an approval makes way for the next one: nothing is
 * named, so that nothing is left half done.
 */
const PUSH: ShippedJob = {
  name: "push",
  does: "pushes a candidate",
  needs: ["plan", "build"],
  demands: [
    "!cancelled()",
    "needs.plan.outputs.missing == 'true'",
    "(needs.build.result == 'success' || needs.build.result == 'failure')",
  ],
  environment: CANDIDATE_ENVIRONMENT,
  permissions: { checks: "write", contents: "read", "id-token": "write", packages: "write" },
  queue: { group: groupOf("push"), cancels: true },
  outputs: { pushed: "${{ steps.push.conclusion == 'success' && 'true' || '' }}" },
  images: { exclude: "${{ fromJSON(needs.plan.outputs.present) }}" },
  steps: [
    ...INSTALLED,
    TREE,
    { uses: DOWNLOAD, with: { name: ARTIFACT, path: FOLDER } },
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
    {
      id: "push",
      env: { ...GITHUB, ...REGISTRY, ...IMAGE, ...STACK, ...COMMITS },
      run: `slipway candidate push --stack "$STACK" --checkout "${CHECKOUT_FOLDER}" --image "$IMAGE" --from "$RUNNER_TEMP/candidate" ${OF_COMMITS}`,
    },
  ],
};

/** A candidate that was approved and that the pull request pins is told of on its new head; nothing is pushed. */
const REUSE: ShippedJob = {
  name: "reuse",
  does: "tells of a candidate that is there",
  needs: ["plan"],
  demands: ["needs.plan.outputs.reused == 'true'"],
  permissions: { checks: "write", contents: "read", packages: "read" },
  queue: { group: groupOf("reuse"), cancels: false },
  images: { list: "${{ fromJSON(needs.plan.outputs.reuse) }}" },
  steps: [
    ...INSTALLED,
    TREE,
    {
      env: { ...GITHUB, ...REGISTRY, ...IMAGE, ...STACK, ...COMMITS },
      run: `slipway candidate push --stack "$STACK" --checkout "${CHECKOUT_FOLDER}" --image "$IMAGE" --reuse ${OF_COMMITS}`,
    },
  ],
};

/** The pull request's branch gets the digests, or its author is told how. */
const PROPOSE: ShippedJob = {
  name: "propose",
  does: "proposes a candidate's digest",
  needs: ["plan", "push"],
  // By whichever image's job.
  demands: ["!cancelled()", "needs.push.outputs.pushed == 'true'"],
  environment: PINS_ENVIRONMENT,
  permissions: { contents: "read", packages: "read" },
  queue: { group: `candidate-propose-${planned("pull-request")}`, cancels: false },
  steps: proposingSteps({
    // Its checks tell the digests.
    permissions: { "permission-checks": "read" },
    env: { ...STACK, PULL_REQUEST: planned("pull-request") },
    run: 'slipway pins propose --stack "$STACK" --pull-request "$PULL_REQUEST"',
  }),
};

/** The jobs of the workflow that makes candidates. */
export const CANDIDATE_JOBS: readonly ShippedJob[] = [PLAN, BUILD, PUSH, REUSE, PROPOSE];

function planned(output: string): string {
  return `\${{ needs.plan.outputs.${output} }}`;
}

function of(step: string, outputs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    outputs.map((output) => [output, `\${{ steps.${step}.outputs.${output} }}`]),
  );
}

function groupOf(job: string): string {
  return `candidate-${job}-${planned("pull-request")}-\${{ matrix.image }}`;
}
