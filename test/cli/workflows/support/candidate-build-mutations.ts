import { ROLE } from "./candidate-text.ts";
import { changesOf, type Mutation, row } from "./mutation.ts";

const BUILD = "run: slipway candidate build ";
const BUILD_JOB = "    # Another commit is built instead.\n";
const TREE = "ref: ${{ needs.plan.outputs.merge }}";

/** Changes of the job that runs a pull request's Dockerfile. */
export const CANDIDATE_BUILD_MUTATIONS: readonly Mutation[] = changesOf(
  "candidate.yml",
  "candidates",
  [
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
    row(
      "layers that are compressed twice",
      /\n *compression-level: 0.*/,
      "",
      /compression-level: 0/,
    ),
    row(
      "images that cancel one another",
      "fail-fast: false",
      "fail-fast: true",
      /fail-fast: false/,
    ),
    row(
      "builds of commits that were replaced",
      "matrix.image }}\n      cancel-in-progress: true",
      "matrix.image }}",
      /cancel-in-progress: true/,
    ),
  ],
);
