/* Changes by which pins.yml would check with a credential or not at all, or propose and protect what main does not say. */
import { RUN } from "./candidate-text.ts";
import { changesOf, type Mutation, row, type Row } from "./mutation.ts";

const CHECK = "run: slipway pins check ";

/** Of the jobs that check pins and propose newer ones. */
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
  ...["pull_request", "schedule", "merge_group"].flatMap((event) => [
    row(
      `the run of ${event} for that of a push`,
      `${RUN}.event == 'push'`,
      `${RUN}.event == '${event}'`,
      /\.event == 'push'/,
    ),
    row(
      `the run of ${event} besides`,
      `${RUN}.event == 'workflow_dispatch')`,
      `${RUN}.event == 'workflow_dispatch' || ${RUN}.event == '${event}')`,
      /\.event == 'workflow_dispatch'/,
    ),
  ]),
  row("the run of any event", /\(\S+\.event == 'push' .*\) &&\n */, "", /\.event == 'push'/),
  ...["cancelled", "skipped", "timed_out", "action_required"].flatMap((conclusion) => [
    row(
      `a run that ended with ${conclusion} for one that failed`,
      `${RUN}.conclusion == 'failure'`,
      `${RUN}.conclusion == '${conclusion}'`,
      /conclusion == 'failure'/,
    ),
    row(
      `a run that ended with ${conclusion} besides`,
      `${RUN}.conclusion == 'failure')`,
      `${RUN}.conclusion == 'failure' || ${RUN}.conclusion == '${conclusion}')`,
      /conclusion == 'failure'/,
    ),
  ]),
  row(
    "a run however it ended",
    /\(\S+\.conclusion == 'success' .*\) &&\n */,
    "",
    /conclusion == 'success'/,
  ),
  row(
    "a run of another workflow",
    `${RUN}.path == '.github/workflows/up.yml'`,
    `${RUN}.path != ''`,
    /\.path ==/,
  ),
  row("a fork's main", /\S+\.head_repository\.id == .* &&\n */, "", /head_repository/),
  row(
    "another branch besides",
    `${RUN}.head_branch == 'main' &&`,
    `(${RUN}.head_branch == 'main' || ${RUN}.head_branch == 'other') &&`,
    /head_branch ==/,
  ),
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
export const PINS_MUTATIONS: readonly Mutation[] = [
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
      /if: >-\n(?: {6}\(?github\.event\.workflow_run.*\n)+ {6}vars.*\n/,
      "\n",
      /workflow of main/,
    ),
    row(
      "an App for a pull request, in other words",
      `(${RUN}.conclusion == 'success' ||`,
      `always() || (${RUN}.conclusion == 'success' ||`,
      /workflow of main/,
    ),
    row(
      "a secret for a pull request",
      `        ${CHECK}`,
      `        env:\n          A: \${{ secrets.DOCKER_TOKEN }}\n        ${CHECK}`,
      /workflow of main/,
    ),
  ]),
];
