/*
 * Changes by which what a pull request builds would come beside a credential, what may push and sign would run what others wrote, or
 * a merge would give names to what nobody verified.
 */
import { changesOf, type Mutation, type Row } from "./mutation.ts";

const RUN = "github.event.workflow_run";
const BUILD = "run: slipway candidate build ";
const PUSH =
  'run: slipway candidate push --stack "$STACK" --checkout "$GITHUB_WORKSPACE/pull-request" --image "$IMAGE" --from ';
const BUILD_JOB = "    # Another commit is built instead.\n";
const TREE = "ref: ${{ needs.plan.outputs.merge }}";
const TAKE_OVER = "      - name: Take over\n";
const CHECK = "run: slipway pins check ";
const ROLE = `      - uses: aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c # v6.2.3
        with:
          role-to-assume: \${{ vars.SLIPWAY_CANDIDATE_ROLE_ARN }}
          role-duration-seconds: 3600
          aws-region: \${{ vars.SLIPWAY_AWS_REGION }}
`;

/** Of the job that runs a pull request's Dockerfile. */
const BUILDS: readonly Row[] = [
  row(
    "an environment",
    BUILD_JOB,
    `    environment: docker-candidate\n${BUILD_JOB}`,
    /environment out/,
  ),
  row(
    "an environment of another kind",
    BUILD_JOB,
    `    environment: docker-build\n${BUILD_JOB}`,
    /environment out/,
  ),
  row(
    "a secret in a step",
    `        ${BUILD}`,
    `          DOCKER_TOKEN: \${{ secrets.DOCKER_TOKEN }}\n        ${BUILD}`,
    /candidate build/,
  ),
  row(
    "the job's own token in a step",
    `        ${BUILD}`,
    `          GITHUB_TOKEN: \${{ github.token }}\n        ${BUILD}`,
    /candidate build/,
  ),
  row(
    "a secret for every step",
    BUILD_JOB,
    `    env:\n      DOCKER_TOKEN: \${{ secrets.DOCKER_TOKEN }}\n${BUILD_JOB}`,
    /take env out/,
  ),
  ...[
    "id-token: write",
    "packages: write",
    "checks: write",
    "actions: write",
    "packages: read",
  ].map((permission) =>
    row(
      `the permission ${permission}`,
      /(cancel-in-progress: true\n {4}permissions:\n {6}contents: read\n)( {4}strategy)/,
      `$1      ${permission}\n$2`,
      /contents: read/,
    ),
  ),
  row(
    "every permission",
    /permissions:\n {6}contents: read\n {4}strategy/,
    "permissions: write-all\n    strategy",
    /contents: read/,
  ),
  row("a role", `      - name: Build\n`, `${ROLE}      - name: Build\n`, /candidate build/),
  row(
    "a cache",
    "      - name: Build\n",
    "      - uses: actions/cache@v4\n      - name: Build\n",
    /candidate build/,
  ),
  row(
    "a machine of one's own",
    /runs-on: ubuntu-24\.04(\n {4}timeout-minutes: 350)/,
    "runs-on: [self-hosted]$1",
    /runner of GitHub's/,
  ),
  row(
    "a container",
    BUILD_JOB,
    `    container: alpine@sha256:${"a".repeat(64)}\n${BUILD_JOB}`,
    /container out/,
  ),
  row(
    "the pull request's set-up",
    /(plan\.outputs\.missing[\s\S]*?)uses: \.\/\.github/,
    "$1uses: ./pull-request/.github",
    /actions\/setup/,
  ),
  row("the pull request's code", TREE, `${TREE}\n          repository: o/n`, /pull-request/),
  row(
    "the pull request over main's files",
    /path: pull-request(\n *persist-credentials: false\n {6}- name: Build)/,
    "path: .$1",
    /path: pull-request/,
  ),
  row(
    "the head instead of the merge",
    TREE,
    "ref: ${{ needs.plan.outputs.head }}",
    /outputs\.merge/,
  ),
  row(
    "an image that the plan does not name",
    BUILD,
    'run: slipway --version --a "$IMAGE" ',
    /candidate build/,
  ),
  row("a build for every image", /\n *exclude: .*/, "", /outputs\.present/),
  row(
    "a build for every run",
    "if: needs.plan.outputs.missing == 'true'",
    "if: always()",
    /missing ==/,
  ),
  row(
    "another artifact",
    "name: candidate-${{ strategy.job-index }}",
    "name: candidate",
    /job-index/,
  ),
  row(
    "an artifact that goes before its approval",
    "retention-days: 30",
    "retention-days: 3",
    /retention-days: 30/,
  ),
  row("layers that are compressed twice", /\n *compression-level: 0.*/, "", /compression-level: 0/),
  row("images that cancel one another", "fail-fast: false", "fail-fast: true", /fail-fast: false/),
  row(
    "builds of commits that were replaced",
    "matrix.image }}\n      cancel-in-progress: true",
    "matrix.image }}",
    /cancel-in-progress: true/,
  ),
];

/** Of the job that pushes and signs. */
const PUSHES: readonly Row[] = [
  row("no approval", "    environment: docker-candidate\n", "", /environment: docker-candidate/),
  row(
    "another environment",
    "environment: docker-candidate",
    "environment: docker-build",
    /environment: docker-candidate/,
  ),
  row(
    "an artifact of another run",
    /(Take over[\s\S]*?\/candidate\n)/,
    `$1          run-id: \${{ ${RUN}.id }}\n          github-token: \${{ github.token }}\n`,
    /download-artifact/,
  ),
  row("every artifact", /(Take over[\s\S]*?with:\n) *name: .*\n/, "$1", /download-artifact/),
  row("an artifact over the checkout", /(Take over[\s\S]*?path: ).*/, "$1.", /runner\.temp/),
  row("no look at what was built", / --from "\$RUNNER_TEMP\/candidate"/, "", /--from/),
  row(
    "another tree than was planned",
    PUSH,
    PUSH.replace("/pull-request", "/base"),
    /candidate push/,
  ),
  row(
    "the pull request's Slipway",
    TAKE_OVER,
    `      - uses: ./pull-request/.github/actions/setup\n${TAKE_OVER}`,
    /download-artifact/,
  ),
  row(
    "a script of the pull request's",
    TAKE_OVER,
    `      - run: ./pull-request/x\n${TAKE_OVER}`,
    /download-artifact/,
  ),
  row(
    "the pull request's folder",
    `        ${PUSH}`,
    `        working-directory: pull-request\n        ${PUSH}`,
    /candidate push/,
  ),
  row(
    "a variable of Node",
    `        ${PUSH}`,
    `          NODE_OPTIONS: --require ./pull-request/x\n        ${PUSH}`,
    /candidate push/,
  ),
  row(
    "a secret",
    `        ${PUSH}`,
    `          A: \${{ secrets.DOCKER_TOKEN }}\n        ${PUSH}`,
    /candidate push/,
  ),
  row(
    "the role that publishes",
    "vars.SLIPWAY_CANDIDATE_ROLE_ARN }}",
    "vars.SLIPWAY_PUSH_ROLE_ARN }}",
    /SLIPWAY_CANDIDATE_ROLE_ARN/,
  ),
  row(
    "a right to contents",
    /contents: read\n( *)id-token/,
    "contents: write\n$1id-token",
    /contents: read/,
  ),
  row("a push beside the builds", "needs: [plan, build]", "needs: [plan]", /plan, build/),
  row(
    "a push that waits before newer ones",
    /(candidate-push.*)\n *cancel-in-progress: true/,
    "$1",
    /group: candidate-push.*cancel-in-progress: true/,
  ),
  row(
    "no push beside a build that failed",
    / \|\| needs\.build\.result == 'failure'/,
    "",
    /result == 'failure'/,
  ),
  row(
    "no push but after builds that all went well",
    /(needs: \[plan, build\]\n {4}if: >-\n *\$\{\{ )!cancelled\(\) && /,
    "$1",
    /^write if: !cancelled\(\)/,
  ),
  row(
    "a push of what another commit has replaced",
    /(missing == 'true') &&\n *\(needs\.build\.result.*\)/,
    "$1",
    /needs\.build\.result/,
  ),
  row(
    "a push of which nobody is told",
    /( {4}outputs:\n.*\n) *pushed: .*\n/,
    "",
    /write under outputs: pushed/,
  ),
  row(
    "a push that is told of before it is done",
    "steps.push.conclusion == 'success' && 'true' || ''",
    "'true'",
    /steps\.push\.conclusion/,
  ),
];

/** Of the job that finds the pull request, and of what starts it. */
const PLANS: readonly Row[] = [
  row(
    "no look at its event",
    /\S+\.event == 'pull_request' &&\n */,
    "",
    /\.event == 'pull_request'/,
  ),
  row("a push", ".event == 'pull_request'", ".event == 'push'", /\.event == 'pull_request'/),
  row("no look at its file", /\S+\.path == .* &&\n */, "", /\.path ==/),
  row(
    "a look at its name alone",
    `${RUN}.path == '.github/workflows/pins.yml'`,
    `${RUN}.name == 'pins'`,
    /\.path ==/,
  ),
  row("no look at its repository", /\S+\.repository\.id == .* &&\n */, "", /repository\.id ==/),
  row(
    "a run that waits for somebody's leave",
    /\(\S+\.conclusion == 'success' .*\) &&\n */,
    "",
    /conclusion ==/,
  ),
  row(
    "candidates before the stack says that somebody reviews",
    / &&\n *vars\.SLIPWAY_CANDIDATES == 'true'/,
    "",
    /SLIPWAY_CANDIDATES/,
  ),
  row(
    "candidates of a stack that is none for them",
    "vars.SLIPWAY_CANDIDATES == 'true'",
    "vars.SLIPWAY_REGISTRIES != ''",
    /SLIPWAY_CANDIDATES/,
  ),
  row("a right to write", "actions: read # the run", "actions: write # the run", /actions: read/),
  row(
    "a number that a run keeps",
    `\${{ ${RUN}.id }}\n        run`,
    `\${{ ${RUN}.head_branch }}\n        run`,
    /workflow_run\.id/,
  ),
  row(
    "a head that a run tells",
    "head: ${{ steps.find.outputs.head }}",
    `head: \${{ ${RUN}.head_sha }}`,
    /outputs\.head/,
  ),
  row(
    "an output that nobody reads",
    "      missing: ${{ steps",
    "      more: ${{ steps.plan.outputs.missing }}\n      missing: ${{ steps",
    /take more out/,
  ),
  row("another workflow", "workflows: [pins]", "workflows: [ci]", /\[pins\]/),
  row(
    "a dispatch",
    "\npermissions: {}",
    "\n  workflow_dispatch:\npermissions: {}",
    /take on\.workflow_dispatch out/,
  ),
  row(
    "variables for every job",
    "\npermissions: {}",
    "\nenv:\n  BASH_ENV: x\npermissions: {}",
    /take env out/,
  ),
  row(
    "a job that nobody knows",
    "\n  # Whatever a Dockerfile",
    "\n  more:\n    runs-on: ubuntu-24.04\n    timeout-minutes: 5\n    permissions: {}\n    steps:\n      - run: slipway --version\n\n  # Whatever a Dockerfile",
    /take more out/,
  ),
  row(
    "no push",
    /\n {2}# After somebody's approval[\s\S]*?(?=\n {2}# A candidate that)/,
    "",
    /job push from Slipway/,
  ),
];

/** Of the other two. */
const TELLS: readonly Row[] = [
  row("pins of what was not pushed", "needs: [plan, push]", "needs: [plan]", /plan, push/),
  row(
    "no pins beside a push that failed",
    "!cancelled() && needs.push.outputs.pushed",
    "needs.push.outputs.pushed",
    /!cancelled/,
  ),
  row(
    "pins where nothing was pushed",
    "!cancelled() && needs.push.outputs.pushed == 'true'",
    "!cancelled()",
    /pushed == 'true'/,
  ),
  row(
    "pins by the job's own token",
    "GITHUB_TOKEN: ${{ steps.app.outputs.token }}",
    "GITHUB_TOKEN: ${{ github.token }}",
    /pins propose/,
  ),
  row("pins of every pull request", ' --pull-request "$PULL_REQUEST"\n', "\n", /--pull-request/),
  row("an App in no environment", "    environment: docker-pins\n", "", /environment: docker-pins/),
  row(
    "a candidate that is pushed unseen",
    "--reuse --pull",
    '--from "$RUNNER_TEMP/x" --pull',
    /--reuse/,
  ),
  row(
    "a list that a run tells",
    "image: ${{ fromJSON(needs.plan.outputs.reuse) }}",
    `image: \${{ fromJSON(${RUN}.head_branch) }}`,
    /outputs\.reuse/,
  ),
];

const CHECKS: readonly Row[] = [
  row(
    "the pull request's set-up",
    "uses: ./base/.github",
    "uses: ./pull-request/.github",
    /base\/\.github/,
  ),
  row("the head for the base", "HEAD^1", "HEAD^2", /HEAD\^1/),
  row(
    "a login",
    `        ${CHECK}`,
    `        env:\n          GHCR_TOKEN: \${{ github.token }}\n        ${CHECK}`,
    /pins check/,
  ),
  row(
    "a secret",
    `        ${CHECK}`,
    `        env:\n          A: \${{ secrets.DOCKER_TOKEN }}\n        ${CHECK}`,
    /pins check/,
  ),
  row(
    "a right to write",
    /(cancel-in-progress: true\n {4}permissions:\n {6}contents: )read/,
    "$1write",
    /contents: read/,
  ),
  row(
    "a right to ask",
    /(cancel-in-progress: true\n {4}permissions:\n)/,
    "$1      packages: read\n",
    /contents: read/,
  ),
  row(
    "another tree",
    '"$GITHUB_WORKSPACE/pull-request"',
    '"$GITHUB_WORKSPACE/base"',
    /pull-request/,
  ),
  row(
    "a check that may fail",
    `        ${CHECK}`,
    `        continue-on-error: true\n        ${CHECK}`,
    /pins check/,
  ),
  row(
    "a check of no pull request",
    "if: github.event_name == 'pull_request'",
    "if: false",
    /event_name ==/,
  ),
  row(
    "a filter of paths",
    "    branches: [main, release/*]",
    "    branches: [main, release/*]\n    paths: [images/**]",
    /take paths out/,
  ),
  row(
    "other types",
    "    branches: [main, release/*]",
    "    branches: [main, release/*]\n    types: [opened, edited]",
    /take types out/,
  ),
  row(
    "the run of a pull request",
    `${RUN}.event == 'push'`,
    `${RUN}.event == 'pull_request'`,
    /\.event == 'push'/,
  ),
  row("a run that failed", /\S+\.conclusion == 'success' &&\n */, "", /conclusion ==/),
  row("a fork's main", /\S+\.head_repository\.id == .* &&\n */, "", /head_repository/),
  row("any branch", /\S+\.head_branch == 'main' &&\n */, "", /head_branch ==/),
  [
    "more than pull requests",
    "permission-contents: write",
    "permission-contents: write\n          permission-administration: write",
    /permission-contents/,
    "restores",
  ],
];

/** Of the job that tells every week what retention keeps. */
const PROTECTS: readonly Row[] = [
  row(
    "protection from the run of a pull request",
    "github.event_name != 'workflow_run' &&",
    "",
    /event_name !=/,
  ),
  row(
    "protection of any branch's",
    "github.ref == 'refs/heads/main' &&",
    "github.ref != '' &&",
    /github\.ref ==/,
  ),
  row(
    "protection with a file for every repository",
    "run: slipway pins protect --propose",
    "run: slipway pins protect --propose --repo a/b",
    /pins protect --propose/,
  ),
  row(
    "protection that writes workflows",
    /(permission-pull-requests: write\n)( {6}- name: Protect)/,
    "$1          permission-workflows: write\n$2",
    /permission-pull-requests/,
  ),
  row(
    "protection that writes by the job's own token",
    /(group: pins-protect\n {4}permissions:\n {6}contents: )read/,
    "$1write",
    /contents: read/,
  ),
  row(
    "protection that is cancelled half-way",
    "group: pins-protect",
    "group: pins-protect\n      cancel-in-progress: true",
    /group: pins-protect/,
  ),
  row(
    "protection in no environment",
    /(timeout-minutes: 60\n) {4}environment: docker-pins\n/,
    "$1",
    /environment: docker-pins/,
  ),
  row("no protection", /  schedule:\n.*\n/, "", /write schedule/),
  row(
    "protection that nobody may ask for",
    "  workflow_dispatch:\n",
    "",
    /write workflow_dispatch/,
  ),
];

/** The table. */
export const CANDIDATE_MUTATIONS: readonly Mutation[] = [
  ...changesOf("candidate.yml", "candidates", [...BUILDS, ...PUSHES, ...PLANS, ...TELLS]),
  ...changesOf("pins.yml", "pins", [...CHECKS, ...PROTECTS]),
  ...changesOf("pins.yml", "triggers", [
    [
      "pull requests for a release line unchecked",
      "[main, release/*]",
      "[main]",
      /release/,
      "restores",
    ],
  ]),
  ...changesOf("pins.yml", "pull-request-credential", [
    row(
      "an App for a pull request",
      /if: >-\n(?: {6}github\.event\.workflow_run.*\n)+ {6}vars.*\n/,
      "\n",
      /workflow of main/,
    ),
    row(
      "an App for a pull request, in other words",
      `${RUN}.conclusion == 'success' &&`,
      "always() ||",
      /workflow of main/,
    ),
    row(
      "a secret for a pull request",
      `        ${CHECK}`,
      `        env:\n          A: \${{ secrets.DOCKER_TOKEN }}\n        ${CHECK}`,
      /workflow of main/,
    ),
  ]),
  ...changesOf("candidate.yml", "workflow-run", [
    row(
      "a role beside a pull request's build",
      "      - name: Build\n",
      `${ROLE}      - name: Build\n`,
      /workflow on push/,
    ),
    row(
      "a secret beside a pull request's tree",
      `        ${PUSH}`,
      `          A: \${{ secrets.DOCKER_TOKEN }}\n        ${PUSH}`,
      /workflow on push/,
    ),
  ]),
  ...changesOf("candidate.yml", "untrusted-checkout", [
    row(
      "a step behind the push",
      TAKE_OVER,
      `      - run: ./pull-request/x\n${TAKE_OVER}`,
      /without a credential/,
    ),
  ]),
  ...changesOf("candidate.yml", "candidate-images", [
    [
      "an image without candidates",
      /\n *- almalinux-builder\/cpu/,
      "",
      /add: almalinux-builder\/cpu/,
      "mends",
    ],
    [
      "an image that there is not",
      /(\n *)- (almalinux-builder\/cpu)/,
      "$1- $2$1- almalinux-builder/none",
      /take out/,
      "restores",
    ],
    [
      "an image twice",
      /(\n *)- (almalinux-builder\/cpu)/,
      "$1- $2$1- $2",
      /write once/,
      "restores",
    ],
  ]),
  ...changesOf("candidate.yml", "roles", [
    row(
      "the role that publishes",
      "vars.SLIPWAY_CANDIDATE_ROLE_ARN }}",
      "vars.SLIPWAY_PUSH_ROLE_ARN }}",
      /rules\/roles/,
    ),
  ]),
  ...changesOf("candidate.yml", "app-token", [
    [
      "a right to settings",
      "permission-contents: write",
      "permission-contents: write\n          permission-administration: write",
      /take .* out/,
      "restores",
    ],
  ]),
  ...changesOf("up.yml", "candidates", [
    row(
      "an environment for candidates",
      "environment: docker-deploy",
      "environment: docker-candidate",
      /another environment/,
    ),
  ]),
  ...changesOf("ci.yml", "candidates", [
    row(
      "an environment for pins",
      "    timeout-minutes",
      "    environment: docker-pins\n    timeout-minutes",
      /another environment/,
    ),
  ]),
  ...changesOf("up.yml", "publishing", [
    row(
      "builds beside what is taken over",
      "needs: [plan, promote]",
      "needs: plan",
      /plan, promote/,
    ),
    row(
      "no builds after a fault of what is taken over",
      "${{ !cancelled() && needs.plan.outputs.environment == 'docker-build' && needs.plan.outputs.missing == 'true' }}",
      "needs.plan.outputs.environment == 'docker-build' && needs.plan.outputs.missing == 'true'",
      /!cancelled/,
    ),
    row(
      "nothing is taken over",
      "slipway pins promote --stack",
      "slipway images --stack",
      /pins promote/,
    ),
    row(
      "what is taken over for every ref",
      /(needs: plan\n {4}if: )needs\.plan\.outputs\.environment.*/,
      "$1always()",
      /missing == 'true'/,
    ),
    row(
      "a step that never runs, before the builds",
      "      - name: Promote\n",
      "      - name: Promote\n        if: false\n",
      /step's if/,
    ),
  ]),
  ...changesOf("up.yml", "permissions", [
    row(
      "no look at checks",
      "      checks: read # of the merged pull request\n",
      "",
      /checks: read/,
    ),
    row("a right to write checks", "checks: read", "checks: write", /checks: read/),
  ]),
];

/** One that a person mends. */
function row(title: string, from: string | RegExp, to: string, remedy: RegExp): Row {
  return [title, from, to, remedy, "leaves"];
}
