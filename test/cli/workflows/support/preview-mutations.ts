/* Changes by which a preview that is called reviewed would be made by others, or not at all. */
import { changesOf, type Mutation } from "./mutation.ts";

const SETUP = "uses: ./base/.github/actions/setup";
const FETCH = "run: slipway snapshot fetch";
/** A line before the jobs, a line in the first job. */
const TOP = "permissions: {}";
const JOB = "    timeout-minutes";

/** The table. */
export const PREVIEW_MUTATIONS: readonly Mutation[] = [
  ...changesOf("plan.yml", "preview", [
    [
      "the pull request's set-up",
      SETUP,
      "uses: ./pull-request/.github/actions/setup",
      /base\/\.github/,
      "leaves",
    ],
    ["another one's set-up", SETUP, "uses: ./.github/actions/setup", /base\/\.github/, "leaves"],
    ["no ref of the base", /\n *ref: .*/, "", /steps\.base/, "leaves"],
    [
      "the head for the base",
      /ref: .*/,
      "ref: ${{ github.event.pull_request.head.sha }}",
      /steps\.base/,
      "leaves",
    ],
    [
      "the event's base",
      /ref: .*/,
      "ref: ${{ github.event.pull_request.base.sha }}",
      /steps\.base/,
      "leaves",
    ],
    [
      "another repository for the base",
      /( *)ref: (.*)/,
      "$1ref: $2\n$1repository: o/n",
      /steps\.base/,
      "leaves",
    ],
    ["the head's commit for the base", "HEAD^1", "HEAD^2", /HEAD\^1/, "leaves"],
    ["no name for the base", /\n *id: base/, "", /id: base/, "leaves"],
    [
      "the pull request over the base",
      "path: pull-request",
      "path: base",
      /path: pull-request/,
      "leaves",
    ],
    [
      "the pull request's command",
      FETCH,
      "working-directory: pull-request\n        run: ./bin/slipway snapshot fetch",
      /snapshot fetch/,
      "leaves",
    ],
    [
      "the pull request's folder",
      FETCH,
      `working-directory: pull-request\n        ${FETCH}`,
      /snapshot fetch/,
      "leaves",
    ],
    [
      "the pull request's shell",
      FETCH,
      `shell: ./pull-request/sh {0}\n        ${FETCH}`,
      /snapshot fetch/,
      "leaves",
    ],
    [
      "a variable of Node",
      FETCH,
      `env:\n          NODE_OPTIONS: --require ./x\n        ${FETCH}`,
      /snapshot fetch/,
      "leaves",
    ],
    [
      "one for the workflow",
      TOP,
      `env:\n  NODE_OPTIONS: --require ./pull-request/x\n${TOP}`,
      /take env out/,
      "leaves",
    ],
    [
      "one for the job",
      JOB,
      `    env:\n      BASH_ENV: pull-request/x\n${JOB}`,
      /take env out/,
      "leaves",
    ],
    [
      "a folder for every step",
      TOP,
      `defaults:\n  run:\n    working-directory: pull-request\n${TOP}`,
      /take defaults out/,
      "leaves",
    ],
    [
      "a folder for every step of the job",
      JOB,
      `    defaults:\n      run:\n        working-directory: pull-request\n${JOB}`,
      /take defaults out/,
      "leaves",
    ],
    [
      "a container",
      JOB,
      `    container: alpine@sha256:${"a".repeat(64)}\n${JOB}`,
      /take container out/,
      "leaves",
    ],
    [
      "a step of the pull request's",
      `      - ${SETUP}`,
      `      - run: ./pull-request/x\n      - ${SETUP}`,
      /base\/\.github/,
      "leaves",
    ],
    [
      "another name of the artifact",
      "name: preview\n",
      "name: previews\n",
      /name: preview/,
      "leaves",
    ],
    [
      "two of one name",
      "name: preview-of-changed-code",
      "name: preview",
      /preview-of-changed-code/,
      "leaves",
    ],
    [
      "a name that only a run knows",
      "name: preview-of-changed-code",
      "name: ${{ vars.X }}",
      /preview-of-changed-code/,
      "leaves",
    ],
    [
      "another file",
      /path: \S* *runner.temp \}\}\/preview.json/,
      "path: pull-request/preview.json",
      /runner\.temp/,
      "leaves",
    ],
    [
      "a preview of no paths",
      "    branches:",
      "    paths-ignore: ['**']\n    branches:",
      /paths-ignore out/,
      "leaves",
    ],
    ["previews of what is closed", /types: .*/, "types: [closed]", /opened, synchronize/, "leaves"],
    ["previews of no other base", /, edited\]/, "]", /opened, synchronize/, "leaves"],
    [
      "previews of a push",
      "  pull_request:",
      "  push:\n  pull_request:",
      /take on\.push out/,
      "leaves",
    ],
    ["a job that never runs", /\n {4}if: github.*/, "\n    if: false", /event\.action/, "leaves"],
    [
      "a second job that never runs",
      /\n {4}if: \$\{\{.*/,
      "\n    if: false",
      /outputs\.code/,
      "leaves",
    ],
    ["a step that never runs", FETCH, `if: false\n        ${FETCH}`, /snapshot fetch/, "leaves"],
    [
      "a step that may fail",
      FETCH,
      `continue-on-error: true\n        ${FETCH}`,
      /snapshot fetch/,
      "leaves",
    ],
  ]),
];
