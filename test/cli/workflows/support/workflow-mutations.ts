/* Changes of the workflows of this repository, each of one place. */

import { changesOf, type Mutation } from "./mutation.ts";
import { PREVIEW_MUTATIONS } from "./preview-mutations.ts";
import { PUBLISHING_MUTATIONS } from "./publishing-mutations.ts";
import { REFRESH_MUTATIONS } from "./refresh-mutations.ts";
import { SAFETY_MUTATIONS } from "./safety-mutations.ts";

const CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1";

/** The table. */
export const MUTATIONS: readonly Mutation[] = [
  // What starts the workflow that publishes.
  ...changesOf("up.yml", "triggers", [
    ["a release pattern taken away", "[main, release/*, stage", "[main, stage", /release/, "mends"],
    [
      "a pattern too many",
      "[main, release/*,",
      "[main, release/*, hotfix/*,",
      /branches/,
      "restores",
    ],
    ["no tags", /\n {4}tags: .*/, "", /write on\.push\.tags/, "mends"],
    ["another tag pattern", /tags: \[.*\]/, "tags: [v*]", /rc\[0-9\]\+/, "restores"],
    ["no dispatch", /\n {2}workflow_dispatch:/, "", /write workflow_dispatch/, "restores"],
    [
      "a schedule",
      /\n {2}workflow_dispatch:/,
      "\n  schedule:\n    - cron: 1 1 * * *\n  workflow_dispatch:",
      /take on\.schedule out/,
      "restores",
    ],
    [
      "a filter of paths",
      /paths: \[.*\]/,
      "paths: [images/**]",
      /take on\.push\.paths out/,
      "mends",
    ],
  ]),
  ...changesOf("plan.yml", "triggers", [
    [
      "pull requests for a release line without a preview",
      "branches: [main, release/*]",
      "branches: [main]",
      /"release\/\*"/,
      "restores",
    ],
  ]),
  ...changesOf("drift.yml", "tools", [
    ["another Pulumi CLI", /pulumi-version: \S+/, "pulumi-version: 3.0.0", /\d/, "restores"],
    ["any Pulumi CLI", /pulumi-version: \S+/, "pulumi-version: ^3", /\d/, "restores"],
  ]),
  // What is built.
  ...changesOf("up.yml", "images", [
    [
      "an image that is not built",
      /\n *- almalinux-builder\/cpu/,
      "",
      /add: almalinux-builder\/cpu/,
      "restores",
    ],
    [
      "an image that there is not",
      /(\n *)- (almalinux-builder\/cpu)/,
      "$1- $2$1- almalinux-builder/none",
      /take out: almalinux-builder\/none/,
      "restores",
    ],
    [
      "an image built twice",
      /(\n *)- (almalinux-builder\/cpu)/,
      "$1- $2$1- $2",
      /write once: almalinux-builder\/cpu/,
      "restores",
    ],
    [
      "no build in an environment",
      /\n {2}build-stage:[\s\S]*?(?=\n\n {2}\S|\n {2}#)/,
      "",
      /docker-stage/,
      "leaves",
    ],
  ]),
  // Roles.
  ...changesOf("up.yml", "role-duration", [
    [
      "a shorter session",
      "role-duration-seconds: 21600",
      "role-duration-seconds: 3600",
      /21600/,
      "restores",
    ],
    [
      "the session of the action's default",
      /\n *role-duration-seconds: 21600/,
      "",
      /21600/,
      "mends",
    ],
    [
      "a job that outlives its session",
      "timeout-minutes: 350",
      "timeout-minutes: 360",
      /timeout-minutes: 355/,
      "mends",
    ],
    [
      "a deploy that outlives its session",
      "timeout-minutes: 55",
      "timeout-minutes: 60",
      /timeout-minutes: 55/,
      "restores",
    ],
  ]),
  ...changesOf("up.yml", "roles", [
    [
      "a role in another environment",
      "environment: docker-deploy",
      "environment: docker-build",
      /rules\/roles/,
      "leaves",
    ],
  ]),
  ...changesOf("drift.yml", "roles", [
    [
      "a role of another workflow",
      "vars.SLIPWAY_DRIFT_ROLE_ARN }}",
      "vars.SLIPWAY_DEPLOY_ROLE_ARN }}",
      /rules\/roles/,
      "leaves",
    ],
  ]),
  // Environments, variables, references.
  ...changesOf("up.yml", "environments", [
    [
      "a misspelt environment",
      "environment: docker-build",
      "environment: docker-biuld",
      /did you mean "docker-build"/,
      "leaves",
    ],
    [
      "a job for runs of another environment",
      "environment == 'docker-build' && needs.plan.outputs.missing",
      "environment == 'docker-stage' && needs.plan.outputs.missing",
      /environment: docker-stage/,
      "leaves",
    ],
  ]),
  ...changesOf("up.yml", "variables: unknown", [
    [
      "a misspelt variable",
      "vars.SLIPWAY_PUSH_ROLE_ARN }}",
      "vars.SLIPWAY_PUSH_ROLE }}",
      /SLIPWAY_PUSH_ROLE_ARN/,
      "leaves",
    ],
  ]),
  ...changesOf("comment.yml", "references", [
    [
      "a workflow of another name",
      "workflows: [plan]",
      "workflows: [plans]",
      /did you mean "plan"/,
      "leaves",
    ],
    [
      "a file that is not there",
      "workflows/plan.yml'",
      "workflows/plans.yml'",
      /plan\.yml/,
      "leaves",
    ],
    [
      "an action that is not there",
      "./.github/actions/setup",
      "./.github/actions/set-up",
      /is there/,
      "leaves",
    ],
  ]),
  // Pins.
  ...changesOf("ci.yml", "pinned", [
    ["a tag", CHECKOUT, "actions/checkout@v7", /3d3c42e5/, "restores"],
    ["another version", "# v7.0.1", "# v7.0.0", /v7\.0\.1/, "restores"],
    ["no version", " # v7.0.1", "", /v7\.0\.1/, "restores"],
    ["another commit", "checkout@3d3c42e5", "checkout@4d3c42e5", /3d3c42e5/, "restores"],
    [
      "an action that is not listed",
      CHECKOUT,
      "actions/checkuot@v1",
      /pinned-actions\.yaml/,
      "leaves",
    ],
    [
      "an image in an action's place",
      CHECKOUT,
      "docker://alpine:3",
      /OWNER\/NAME@COMMIT/,
      "leaves",
    ],
  ]),
  // Permissions.
  ...changesOf("up.yml", "permissions", [
    ["no permissions on top", "permissions: {}\n", "", /permissions: \{\}/, "leaves"],
    [
      "all permissions on top",
      "permissions: {}\n",
      "permissions: write-all\n",
      /permissions: \{\}/,
      "leaves",
    ],
    [
      "reading for every job",
      "permissions: {}\n",
      "permissions:\n  contents: read\n",
      /permissions: \{\}/,
      "leaves",
    ],
    [
      "a job that may write contents",
      "contents: read",
      "contents: write",
      /contents: read/,
      "leaves",
    ],
    [
      "a job with a permission too many",
      "packages: read",
      "packages: read\n      issues: write",
      /take issues out/,
      "leaves",
    ],
    ["a job without its token", /\n {6}id-token: write/, "", /id-token: write/, "leaves"],
    [
      "a job without permissions",
      /\n {4}permissions:\n {6}contents: read\n {6}packages: read/,
      "",
      /contents: read, packages: read/,
      "leaves",
    ],
    [
      "a job with them all",
      /\n {4}permissions:\n {6}contents: read\n {6}packages: read/,
      "\n    permissions: write-all",
      /contents: read/,
      "leaves",
    ],
  ]),
  ...changesOf("comment.yml", "permissions", [
    [
      "a comment without its permission",
      /\n {6}pull-requests: write/,
      "",
      /pull-requests: write/,
      "leaves",
    ],
  ]),
  // Scripts, time-outs, runs.
  ...changesOf("plan.yml", "expression-in-run", [
    [
      "a branch's name in a script",
      "run: slipway snapshot fetch",
      "run: echo ${{ github.head_ref }}; slipway snapshot fetch",
      /under env:/,
      "leaves",
    ],
  ]),
  ...changesOf(".github/actions/setup/action.yml", "expression-in-run", [
    [
      "an expression in an action's script",
      "umask 022",
      "umask ${{ inputs.umask }}",
      /under env:/,
      "leaves",
    ],
  ]),
  ...changesOf("plan.yml", "time-out", [
    ["no time-out", /\n {4}timeout-minutes: 15/, "", /timeout-minutes/, "leaves"],
    ["a time-out beyond GitHub's", "timeout-minutes: 15", "timeout-minutes: 400", /360/, "leaves"],
    [
      "a time-out that only a run knows",
      "timeout-minutes: 15",
      "timeout-minutes: ${{ fromJSON(vars.X) }}",
      /whole number/,
      "leaves",
    ],
  ]),
  ...changesOf("plan.yml", "persist-credentials", [
    [
      "a token left in the checkout",
      /\n *persist-credentials: false/,
      "",
      /persist-credentials: false/,
      "leaves",
    ],
  ]),
  ...changesOf("up.yml", "concurrency", [
    ["runs that are dropped", /\n {2}queue: max/, "", /queue: max/, "leaves"],
    [
      "runs that are cut off",
      "  queue: max",
      "  queue: max\n  cancel-in-progress: true",
      /cancel-in-progress/,
      "leaves",
    ],
    [
      "one queue for all channels",
      "group: up-${{ github.ref }}",
      "group: up",
      /github\.ref/,
      "leaves",
    ],
    [
      "all runs at once",
      /concurrency:\n {2}group: .*\n {2}queue: max\n/,
      "",
      /github\.ref/,
      "leaves",
    ],
  ]),
  // Pull requests and credentials.
  ...changesOf("plan.yml", "pull-request-target", [
    [
      "a pull request beside the secrets",
      "  pull_request:",
      "  pull_request_target:",
      /workflow_run/,
      "leaves",
    ],
  ]),
  ...changesOf("plan.yml", "pull-request-credential", [
    [
      "a token for AWS",
      "contents: read",
      "contents: read\n      id-token: write",
      /contents: read alone/,
      "leaves",
    ],
    [
      "an environment",
      "runs-on: ubuntu-24.04",
      "runs-on: ubuntu-24.04\n    environment: docker-build",
      /workflow of main/,
      "leaves",
    ],
    [
      "a secret",
      "run: slipway snapshot fetch",
      "env:\n          TOKEN: ${{ secrets.DOCKER_TOKEN }}\n        run: slipway snapshot fetch",
      /workflow of main/,
      "leaves",
    ],
    [
      "a secret by a computed name",
      "run: slipway snapshot fetch",
      "env:\n          TOKEN: ${{ secrets[github.actor] }}\n        run: slipway snapshot fetch",
      /workflow of main/,
      "leaves",
    ],
    [
      "every secret",
      "run: slipway snapshot fetch",
      "env:\n          TOKEN: ${{ toJSON(secrets) }}\n        run: slipway snapshot fetch",
      /workflow of main/,
      "leaves",
    ],
  ]),
  ...changesOf("up.yml", "pull-request-credential", [
    [
      "a pull request that publishes",
      "  workflow_dispatch:",
      "  pull_request:\n  workflow_dispatch:",
      /workflow of main/,
      "restores",
    ],
  ]),
  ...changesOf("comment.yml", "untrusted-checkout", [
    [
      "the head of a pull request",
      "persist-credentials: false",
      "persist-credentials: false\n          ref: ${{ github.event.workflow_run.head_sha }}",
      /without a credential/,
      "leaves",
    ],
    [
      "a fork",
      "persist-credentials: false",
      "persist-credentials: false\n          repository: ${{ github.event.workflow_run.head_repository.full_name }}",
      /without a credential/,
      "leaves",
    ],
    [
      "a branch by its name",
      "persist-credentials: false",
      "persist-credentials: false\n          ref: ${{github.event.workflow_run.head_branch}}",
      /without a credential/,
      "leaves",
    ],
    [
      "a fork, with leave",
      "persist-credentials: false",
      "persist-credentials: false\n          allow-unsafe-pr-checkout: true",
      /without a credential/,
      "leaves",
    ],
  ]),
  ...SAFETY_MUTATIONS,
  ...PUBLISHING_MUTATIONS,
  ...PREVIEW_MUTATIONS,
  ...REFRESH_MUTATIONS,
  ...changesOf("up.yml", "setup", [
    ["no set-up", /\n {6}- uses: \.\/\.github\/actions\/setup/, "", /actions\/setup/, "leaves"],
  ]),
  ...changesOf("up.yml", "early-token", [
    [
      "a step behind the app's token",
      "      - name: Apply\n",
      "      - run: slipway --version\n      - name: Apply\n",
      /right before/,
      "leaves",
    ],
    [
      "every permission of the app",
      /\n *permission-[a-z-]+: (?:read|write)/g,
      "",
      /name those/,
      "leaves",
    ],
  ]),
];
